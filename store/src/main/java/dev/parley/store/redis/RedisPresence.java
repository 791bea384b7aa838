package dev.parley.store.redis;

import dev.parley.store.PresenceStore;
import dev.parley.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Who is attached to sessions: what a gateway holds is written beside the session, when it changes and at no other time, and
 * hangs on the gateway's lease. Whoever hears that a lease ran out takes away what hung on it; until then it does not count,
 * as every call names the leases that run. Safe for use from any thread.
 */
final class RedisPresence implements PresenceStore {
    private static final int AT_ONCE = 32;
    private static final int SWEPT_AT_ONCE = 500;

    private final RedisCalls calls;
    private final Places places;
    private final Partitions partitions;
    private final Leases leases;
    /** What is held through this store, to be said again when its lease had run out. */
    private final Map<String, Held> held = new ConcurrentHashMap<>();
    /** Leases that ran out, with when, and were swept. */
    private final Set<String> swept = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile String saidUnder = "";

    RedisPresence(RedisCalls calls, Places places, Partitions partitions, Leases leases) {
        this.calls = calls;
        this.places = places;
        this.partitions = partitions;
        this.leases = leases;
    }

    @Override
    public Mono<Void> put(Held what) {
        return Mono.defer(() -> {
            if (what.connections() > 0 || what.away()) {
                held.put(nameOf(what), what);
            } else {
                held.remove(nameOf(what));
            }
            return send(what);
        });
    }

    @Override
    public Mono<List<Held>> of(String sessionId) {
        return places.call(sessionId, RedisFunction.PRESENCE_OF, withLeases(Args.of(sessionId)))
                .map(answer -> {
                    refuse(answer, sessionId);
                    List<Held> all = new ArrayList<>();
                    for (Object row : Answers.list(answer.get(1))) {
                        Packed packed = new Packed((byte[]) row);
                        packed.array();
                        String holder = packed.text();
                        String participant = packed.text();
                        String kind = packed.text();
                        int connections = (int) packed.number();
                        long since = packed.number();
                        String surfaces = packed.text();
                        List<String> names = surfaces.isEmpty() ? List.of() : List.of(surfaces.split("\n"));
                        all.add(new Held(
                                sessionId, holder, participant, kind, connections, since, names, connections == 0));
                    }
                    return all;
                });
    }

    /** Says again what is held here where the lease had run out, and takes away what hung on others' that did. */
    Mono<Void> tick() {
        return Mono.defer(() -> {
            if (!busy.compareAndSet(false, true)) {
                return Mono.empty();
            }
            String present = leases.present();
            Mono<Void> again = present.equals(saidUnder)
                    ? Mono.empty()
                    : Flux.fromIterable(List.copyOf(held.values()))
                            .flatMap(this::sayAgain, AT_ONCE)
                            .then(Mono.fromRunnable(() -> saidUnder = present));
            return again.then(Mono.defer(this::sweep)).doFinally(done -> busy.set(false));
        });
    }

    private Mono<Void> sweep() {
        Map<String, Long> dead = leases.dead();
        if (dead.isEmpty()) {
            swept.clear();
            return Mono.empty();
        }
        return Flux.fromIterable(dead.entrySet())
                .filter(each -> !swept.contains(each.getKey() + each.getValue()))
                .concatMap(each -> Flux.range(0, partitions.count())
                        .flatMap(partition -> sweep(partition, each.getKey(), each.getValue()), AT_ONCE)
                        .then(Mono.fromRunnable(() -> swept.add(each.getKey() + each.getValue()))))
                .then();
    }

    private Mono<Void> sweep(int partition, String lease, long died) {
        Args args = Args.of(lease).add(died).add(SWEPT_AT_ONCE);
        return calls.call(RedisFunction.PRESENCE_SWEEP, partitions.key(partition), args)
                .expand(answer -> Answers.number(answer.get(1)) < SWEPT_AT_ONCE
                        ? Mono.empty()
                        : calls.call(RedisFunction.PRESENCE_SWEEP, partitions.key(partition), args))
                .then();
    }

    /** What changed meanwhile is said once more, as the two calls may have passed each other. */
    private Mono<Void> sayAgain(Held what) {
        return send(what)
                .onErrorResume(StoreException.NotFound.class, gone -> Mono.empty())
                .then(Mono.defer(() -> {
                    Held now = held.get(nameOf(what));
                    if (what.equals(now)) {
                        return Mono.empty();
                    }
                    Held absent = new Held(
                            what.sessionId(),
                            what.holder(),
                            what.participantId(),
                            what.kind(),
                            0,
                            what.since(),
                            List.of(),
                            false);
                    return send(now == null ? absent : now)
                            .onErrorResume(StoreException.NotFound.class, gone -> Mono.empty());
                }));
    }

    private Mono<Void> send(Held what) {
        Args args = Args.of(what.sessionId(), leases.own(), what.holder(), what.participantId(), what.kind())
                .add(what.connections())
                .add(what.since())
                .add(String.join("\n", what.surfaces()))
                .add(what.away() ? "1" : "0");
        return places.call(what.sessionId(), RedisFunction.PRESENCE_PUT, withLeases(args))
                .doOnNext(answer -> {
                    if (!Answers.code(answer).equals(Answers.OK)) {
                        held.remove(nameOf(what), what);
                    }
                    refuse(answer, what.sessionId());
                })
                .then();
    }

    private Args withLeases(Args args) {
        leases.live().forEach(args::add);
        // Whoever calls lives, whatever the last beat was answered.
        return args.add(leases.own());
    }

    private static String nameOf(Held what) {
        return what.sessionId() + '\n' + what.participantId() + '\n' + what.holder();
    }

    private static void refuse(List<Object> answer, String sessionId) {
        StoreException refusal = Answers.refusal(answer, "session " + sessionId);
        if (refusal != null) {
            throw refusal;
        }
    }
}
