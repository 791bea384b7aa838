package dev.parley.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.slf4j.Logger;

/** The arrows between packages, and what only certain packages may touch. */
@AnalyzeClasses(packages = "dev.parley", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
    private static final String GATEWAY = "dev.parley.gateway.";

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.parley.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theProtocolKnowsNothingOfUs = noClasses()
            .that()
            .resideInAPackage("dev.parley.protocol..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.parley.store..", "dev.parley.gateway..", "dev.parley.time..", "io.netty..", "reactor..");

    @ArchTest
    static final ArchRule theStoreKnowsNothingOfTheGateway = noClasses()
            .that()
            .resideInAPackage("dev.parley.store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.parley.gateway..");

    @ArchTest
    static final ArchRule onlyTheStoreOnRedisHasSockets = noClasses()
            .that()
            .resideInAPackage("dev.parley.store..")
            .and()
            .resideOutsideOfPackage("dev.parley.store.redis..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.lettuce..", "io.netty..");

    @ArchTest
    static final ArchRule onlyTheStoreOnRedisKnowsItsDriver = noClasses()
            .that()
            .resideInAPackage("dev.parley.gateway..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.lettuce..");

    @ArchTest
    static final ArchRule onlyTheAssemblyKnowsWhichStore = noClasses()
            .that()
            .resideInAPackage("dev.parley.gateway.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.parley.store.memory..");

    @ArchTest
    static final ArchRule config = knowsOnly("config");

    @ArchTest
    static final ArchRule metrics = knowsOnly("metrics");

    @ArchTest
    static final ArchRule availability = knowsOnly("availability", "config", "metrics");

    @ArchTest
    static final ArchRule operation = knowsOnly("operation", "config", "metrics");

    @ArchTest
    static final ArchRule routing = knowsOnly("routing", "config", "metrics");

    @ArchTest
    static final ArchRule session = knowsOnly("session", "operation", "config", "metrics");

    @ArchTest
    static final ArchRule agent = knowsOnly("agent", "operation", "config", "metrics");

    @ArchTest
    static final ArchRule events = knowsOnly("events", "operation", "session", "agent", "config", "metrics");

    @ArchTest
    static final ArchRule aggregation = knowsOnly("aggregation", "session", "operation", "config", "metrics");

    @ArchTest
    static final ArchRule envelope = knowsOnly("envelope", "session", "operation", "config", "metrics");

    @ArchTest
    static final ArchRule connection =
            knowsOnly("connection", "operation", "routing", "session", "agent", "availability", "config", "metrics");

    @ArchTest
    static final ArchRule http = knowsOnly("http", "operation", "routing", "session", "agent", "config", "metrics");

    @ArchTest
    static final ArchRule reactorNettyIsTheShell = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.parley.gateway",
                    "dev.parley.gateway.http",
                    "dev.parley.gateway.events",
                    "dev.parley.loadtest..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("reactor.netty..");

    @ArchTest
    static final ArchRule nettyIsWhereBytesAre = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.parley.gateway.availability",
                    "dev.parley.gateway.config",
                    "dev.parley.gateway.operation",
                    "dev.parley.gateway.session",
                    "dev.parley.gateway.agent")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule timeComesFromOneSource = noClasses()
            .that()
            .resideInAnyPackage("dev.parley.gateway..", "dev.parley.store..", "dev.parley.protocol..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethodWhere(DescribedPredicate.describe(
                    "takes a clock or scheduler of its own",
                    call -> call.getTargetOwner().getName().equals("reactor.core.scheduler.Schedulers")
                            || call.getTargetOwner().isEquivalentTo(java.time.Clock.class)));

    @ArchTest
    static final ArchRule nothingBlocks = noClasses()
            .that()
            .resideInAnyPackage("dev.parley.gateway.*..", "dev.parley.store..")
            .should()
            .callMethodWhere(DescribedPredicate.describe("blocks a thread", call -> {
                String owner = call.getTargetOwner().getName();
                String name = call.getName();
                return (owner.startsWith("reactor.core.publisher") && name.startsWith("block"))
                        || (owner.equals("java.lang.Thread") && name.equals("sleep"))
                        || (owner.startsWith("java.util.concurrent.") && name.equals("join"))
                        || (owner.equals("java.util.concurrent.CompletableFuture") && name.equals("get"))
                        || (owner.equals("java.util.concurrent.CountDownLatch") && name.equals("await"));
            }));

    @ArchTest
    static final ArchRule loggersAreNamedAlike = fields().that()
            .haveRawType(Logger.class)
            .should()
            .bePrivate()
            .andShould()
            .beStatic()
            .andShould()
            .beFinal()
            .andShould()
            .haveName("LOG");

    private static ArchRule knowsOnly(String own, String... others) {
        DescribedPredicate<JavaClass> allowed = resideInAPackage(GATEWAY + own + "..");
        for (String other : others) {
            allowed = allowed.or(resideInAPackage(GATEWAY + other));
        }
        DescribedPredicate<JavaClass> notOurs = DescribedPredicate.not(nameMatching("dev\\.parley\\.gateway\\..*"));
        return classes()
                .that()
                .resideInAPackage(GATEWAY + own + "..")
                .should()
                .onlyDependOnClassesThat(notOurs.or(allowed));
    }

    /** Leaves out tests, those too that another module hands over in a jar, as it does in a whole build. */
    static final class WithoutTests implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return new DoNotIncludeTests().includes(location) && !location.contains("-tests.jar");
        }
    }
}
