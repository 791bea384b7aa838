package dev.parley.store.redis;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps ids unique over partitions. A session that does not lie in its id's home has an alias there, claimed before it is
 * created and taken away after it is removed; a claim whose session never came is replaced by whoever needs the id, after the
 * creation that may still be on its way was forbidden. Safe for use from any thread.
 */
final class SessionIds {
    private final Places places;
    private final Partitions partitions;

    SessionIds(Places places, Partitions partitions) {
        this.places = places;
        this.partitions = partitions;
    }

    /**
     * Creates a session where it shall lie, its id being nobody else's.
     *
     * @param operation that creates it
     * @param args of the creation
     * @return the answer of the creation, or of the claim when that was refused
     */
    Mono<List<Object>> create(String id, String operation, int partition, Args args) {
        int home = partitions.home(id);
        if (partition == home) {
            return places.at(partition, RedisFunction.CREATE, args).flatMap(answer -> {
                if (!Answers.code(answer).equals(Answers.TAKEN)) {
                    return Mono.just(answer);
                }
                String other = Answers.text(answer.get(1));
                return whenVoid(id, answer, unclaim(home, id, other, "").then(create(id, operation, partition, args)));
            });
        }
        return claim(home, id, operation, partition, "").flatMap(claimed -> {
            if (!Answers.code(claimed).equals(Answers.OK)) {
                return Mono.just(claimed);
            }
            return places.at(partition, RedisFunction.CREATE, args)
                    .flatMap(answer -> Answers.code(answer).equals(Answers.OK)
                            ? Mono.just(answer)
                            : unclaim(home, id, operation, "").thenReturn(answer));
        });
    }

    /** Does what is in a partition's out-box: takes away the aliases of sessions that were removed. */
    Mono<Void> forward(int partition, List<Object> rows) {
        if (rows.isEmpty()) {
            return Mono.empty();
        }
        Args done = new Args();
        for (Object row : rows) {
            done.add((byte[]) row);
        }
        return Flux.fromIterable(rows)
                .concatMap(row -> {
                    Packed packed = new Packed((byte[]) row);
                    packed.array();
                    String id = packed.text();
                    return unclaim(partitions.home(id), id, packed.text(), packed.text());
                })
                .then(places.at(partition, RedisFunction.FORWARDED, done))
                .then();
    }

    private Mono<List<Object>> claim(int home, String id, String operation, int partition, String replaced) {
        Args args = Args.of(id, operation).add(partition).add(replaced);
        return places.at(home, RedisFunction.CLAIM, args).flatMap(answer -> {
            if (!Answers.code(answer).equals(Answers.TAKEN)) {
                return Mono.just(answer);
            }
            return whenVoid(id, answer, claim(home, id, operation, partition, Answers.text(answer.get(1))));
        });
    }

    /** Goes on when what another operation claimed is not there, and cannot come any more; else it is a conflict. */
    private Mono<List<Object>> whenVoid(String id, List<Object> taken, Mono<List<Object>> then) {
        String operation = Answers.text(taken.get(1));
        int partition = (int) Answers.number(taken.get(2));
        return places.at(partition, RedisFunction.VOID, Args.of(id, operation))
                .flatMap(answer -> Answers.code(answer).equals(Answers.EXISTS) ? Mono.just(taken) : then);
    }

    private Mono<List<Object>> unclaim(int home, String id, String operation, String deletion) {
        return places.at(home, RedisFunction.UNCLAIM, Args.of(id, operation, deletion));
    }
}
