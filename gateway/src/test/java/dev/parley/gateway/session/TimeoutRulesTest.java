package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.session.TimeoutRules.Tier;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.OnIdle;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeoutRulesTest {
    private static final SessionConfig GLOBAL = SessionConfig.DEFAULT;
    private static final TimeoutConfig DEFAULTS = new TimeoutConfig(30, true, 720, 5, OnIdle.EXPIRE);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                // given timeoutConfig | timeout | max duration | warning | auto renew
                "{} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':10} | 10 | 720 | 5 | true",
                "{'timeoutMinutes':'10'} | 10 | 720 | 5 | true",
                "{'timeoutMinutes':' 1.5e1 '} | 15 | 720 | 5 | true",
                "{'timeoutMinutes':7.25} | 7.25 | 720 | 5 | true",
                "{'timeoutMinutes':4.99} | 5 | 720 | 5 | true",
                "{'timeoutMinutes':0} | 5 | 720 | 5 | true",
                "{'timeoutMinutes':-3} | 5 | 720 | 5 | true",
                "{'timeoutMinutes':'-1e308'} | 5 | 720 | 5 | true",
                "{'timeoutMinutes':1441} | 1440 | 1440 | 5 | true",
                "{'timeoutMinutes':1e300} | 1440 | 1440 | 5 | true",
                "{'timeoutMinutes':1e999} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':'Infinity'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':'NaN'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':'0x10'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':'10d'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':'ten'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':''} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':null} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':true} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':[10]} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':{}} | 30 | 720 | 5 | true",
                "{'maxDurationMinutes':60} | 30 | 60 | 5 | true",
                "{'maxDurationMinutes':10} | 30 | 30 | 5 | true",
                "{'maxDurationMinutes':9999} | 30 | 2880 | 5 | true",
                "{'maxDurationMinutes':'junk'} | 30 | 720 | 5 | true",
                "{'timeoutMinutes':900} | 900 | 900 | 5 | true",
                "{'warningThresholdMinutes':0.01} | 30 | 720 | 0.05 | true",
                "{'warningThresholdMinutes':45} | 30 | 720 | 45 | true",
                "{'warningThresholdMinutes':5000} | 30 | 720 | 1440 | true",
                "{'autoRenew':false} | 30 | 720 | 5 | false",
                "{'autoRenew':'false'} | 30 | 720 | 5 | false",
                "{'autoRenew':'perhaps'} | 30 | 720 | 5 | true",
                "{'autoRenew':0} | 30 | 720 | 5 | true",
                "7 | 30 | 720 | 5 | true",
                "[] | 30 | 720 | 5 | true",
                "'x' | 30 | 720 | 5 | true",
            })
    void settlesWhateverACreationBrings(
            String given, double timeout, double maxDuration, double warning, boolean autoRenew) {
        TimeoutConfig settled = TimeoutRules.settle(GLOBAL, TimeoutRules.ofSession(Bench.json(given), null), Tier.NONE);

        assertThat(settled).isEqualTo(new TimeoutConfig(timeout, autoRenew, maxDuration, warning, OnIdle.EXPIRE));
    }

    @Test
    void takesTtlMinutesForTheTimeoutUnlessThatIsSaid() {
        assertThat(settle("{}", "12").timeoutMinutes()).isEqualTo(12);
        assertThat(settle("{}", "'12'").timeoutMinutes()).isEqualTo(12);
        assertThat(settle("{}", "true").timeoutMinutes()).isEqualTo(30);
        assertThat(settle("{'timeoutMinutes':20}", "12").timeoutMinutes()).isEqualTo(20);
        assertThat(settle("{'timeoutMinutes':'junk'}", "12").timeoutMinutes()).isEqualTo(12);
    }

    @Test
    void suspendsOnlyWhenTold() {
        assertThat(settle("{'onIdle':'suspend'}", "null").onIdle()).isEqualTo(OnIdle.SUSPEND);
        assertThat(settle("{'onIdle':'SLEEP'}", "null").onIdle()).isEqualTo(OnIdle.EXPIRE);
    }

    @Test
    void settlesEachFieldByItself() {
        Tier registered = TimeoutRules.ofAgent(Bench.json("{'timeoutMinutes':50,'SESSION_AUTO_RENEW':'false',"
                + "'SESSION_WARNING_THRESHOLD_MINUTES':'junk','onIdle':'suspend'}"));
        Tier environment = TimeoutRules.ofEnvironment(new AgentDefaults(60.0, true, 300.0, 9.0));
        Tier session = TimeoutRules.ofSession(Bench.json("{'timeoutMinutes':70}"), null);

        assertThat(TimeoutRules.settle(GLOBAL, session, TimeoutRules.over(registered, environment)))
                .isEqualTo(new TimeoutConfig(70, false, 300, 9, OnIdle.EXPIRE));
        assertThat(TimeoutRules.settle(GLOBAL, Tier.NONE, TimeoutRules.over(registered, environment)))
                .isEqualTo(new TimeoutConfig(50, false, 300, 9, OnIdle.EXPIRE));
        assertThat(TimeoutRules.settle(GLOBAL, Tier.NONE, environment))
                .isEqualTo(new TimeoutConfig(60, true, 300, 9, OnIdle.EXPIRE));
        assertThat(TimeoutRules.settle(GLOBAL, Tier.NONE, TimeoutRules.ofEnvironment(null)))
                .isEqualTo(DEFAULTS);
        assertThat(TimeoutRules.ofAgent(Bench.json("{'timeoutMinutes':1,'timeoutMinutes':2}")))
                .isEqualTo(Tier.NONE);
    }

    @ParameterizedTest
    @CsvSource({"support-bot.1, SUPPORT_BOT_1", "framework://a~b, FRAMEWORK___A_B", "é9, _9"})
    void namesAgentsAsTheEnvironmentDoes(String id, String name) {
        assertThat(TimeoutRules.environmentName(id)).isEqualTo(name);
    }

    @Test
    void settlesOnlyWhatKeepsTheRules() {
        Random random = new Random(20_260_101);
        String[] odd = {"null", "true", "'x'", "1e999", "-1e999", "''", "[1]"};
        for (int round = 0; round < 5_000; round++) {
            StringBuilder json = new StringBuilder("{");
            for (String field : List.of("timeoutMinutes", "maxDurationMinutes", "warningThresholdMinutes")) {
                String value = random.nextInt(4) == 0
                        ? odd[random.nextInt(odd.length)]
                        : Double.toString((random.nextDouble() - 0.2) * Math.pow(10, random.nextInt(8) - 2));
                json.append('\'').append(field).append("':").append(value).append(',');
            }
            json.append("'autoRenew':true}");
            TimeoutConfig settled = settle(json.toString(), "null");

            assertThat(settled.timeoutMinutes()).as("%s", json).isBetween(5.0, 1440.0);
            assertThat(settled.maxDurationMinutes()).as("%s", json).isBetween(settled.timeoutMinutes(), 2880.0);
            assertThat(settled.warningThresholdMinutes()).as("%s", json).isBetween(0.05, 1440.0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                // patch | field | min | max
                "'timeoutMinutes':4.9 | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':1441 | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':0 | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':null | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':'ten' | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':1e999 | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':'Infinity' | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':[] | timeoutMinutes | 5 | 1440",
                "'timeoutMinutes':true | timeoutMinutes | 5 | 1440",
                "'maxDurationMinutes':29 | maxDurationMinutes | 30 | 2880",
                "'timeoutMinutes':40,'maxDurationMinutes':39 | maxDurationMinutes | 40 | 2880",
                "'maxDurationMinutes':2881 | maxDurationMinutes | 30 | 2880",
                "'maxDurationMinutes':null | maxDurationMinutes | 30 | 2880",
                "'warningThresholdMinutes':0.04 | warningThresholdMinutes | 0.05 | 1440",
                "'warningThresholdMinutes':1441 | warningThresholdMinutes | 0.05 | 1440",
                "'warningThresholdMinutes':{} | warningThresholdMinutes | 0.05 | 1440",
            })
    void refusesAChangeOutOfRange(String patch, String field, double min, double max) {
        ProtocolException refusal = catchThrowableOfType(ProtocolException.class, () -> change(patch));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_TIMEOUT_CONFIG);
        assertThat(refusal.details()).containsEntry("field", field).containsKey("value");
        assertThat(refusal.details()).containsEntry("min", min).containsEntry("max", max);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'autoRenew':'true'",
                "'autoRenew':1",
                "'autoRenew':null",
                "'autoRenew':{}",
                "'onIdle':'sleep'",
                "'onIdle':true",
                "'onIdle':null"
            })
    void refusesAChangeToWhatIsNoChoice(String patch) {
        ProtocolException refusal = catchThrowableOfType(ProtocolException.class, () -> change(patch));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_TIMEOUT_CONFIG);
        assertThat(patch).contains(String.valueOf(refusal.details().get("field")));
        assertThat(refusal.details()).containsKeys("value", "expectedFormat");
    }

    @Test
    void mergesAChangeOverThePresent() {
        assertThat(change("'timeoutMinutes':'45'")).isEqualTo(new TimeoutConfig(45, true, 720, 5, OnIdle.EXPIRE));
        assertThat(change("'timeoutMinutes':800")).isEqualTo(new TimeoutConfig(800, true, 800, 5, OnIdle.EXPIRE));
        assertThat(change("'autoRenew':false,'onIdle':'suspend','maxDurationMinutes':30,'warningThresholdMinutes':1"))
                .isEqualTo(new TimeoutConfig(30, false, 30, 1, OnIdle.SUSPEND));
        assertThat(change("'other':1")).isEqualTo(DEFAULTS);
    }

    @Test
    void plansRungsInDescendingOrderBelowTheThreshold() {
        DeadlinePlan plan = plan(5, List.of(60.0, 10.0));

        assertThat(plan)
                .isEqualTo(new DeadlinePlan(
                        1_800_000, 1_000 + 43_200_000, true, false, List.of(300_000L, 60_000L, 10_000L)));
        assertThat(plan(1, List.of(60.0, 10.0)).rungMillis()).containsExactly(60_000L, 10_000L);
        assertThat(plan(0.05, List.of(60.0, 10.0)).rungMillis()).containsExactly(3_000L);
        assertThat(plan(5, List.of(10.0, 60.0, 10.0, 0.5)).rungMillis())
                .containsExactly(300_000L, 60_000L, 10_000L, 500L);
        assertThat(plan(5, List.of()).rungMillis()).containsExactly(300_000L);
    }

    @Test
    void sharesEqualListsOfRungs() {
        assertThat(plan(3.7, List.of(60.0, 10.0)).rungMillis())
                .isSameAs(plan(3.7, List.of(60.0, 10.0)).rungMillis());
    }

    private static DeadlinePlan plan(double warning, List<Double> ladder) {
        return TimeoutRules.plan(new TimeoutConfig(30, true, 720, warning, OnIdle.EXPIRE), 1_000, ladder);
    }

    private static TimeoutConfig settle(String timeoutConfig, String ttlMinutes) {
        return TimeoutRules.settle(
                GLOBAL, TimeoutRules.ofSession(Bench.json(timeoutConfig), Bench.json(ttlMinutes)), Tier.NONE);
    }

    private static TimeoutConfig change(String patch) {
        RawJson params = Bench.json("{'sessionId':'s'," + patch + "}");
        return TimeoutRules.change(GLOBAL, DEFAULTS, BodyCodec.decode(params, SessionParams.Timeout.class));
    }
}
