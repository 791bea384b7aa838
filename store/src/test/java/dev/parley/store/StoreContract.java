package dev.parley.store;

import dev.parley.time.ManualTime;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/**
 * What every store must do, as tests that use nothing but its interface, on manual time. A store passes it by extending this
 * class and saying how it is opened.
 */
public abstract class StoreContract {
    /** Opens a store that is empty, on a clock that the test moves. */
    protected abstract Store open(ManualTime time, StoreSettings settings);

    /** How many subscriptions the store still has, to sessions, agents and tasks. */
    protected abstract int liveSubscriptions(Store store);

    /**
     * Returns once what happened so far has been told to all listeners. A store whose feed comes over a network has to wait for
     * it here; one that tells before it answers has nothing to do.
     */
    protected void awaitTold(Store store) {}

    /**
     * Of how many rounds of a race one is run, at least 1. A store each of whose calls is one step on a server of one thread
     * has few ways to meet, and each takes it a round trip: it shows in some dozens of rounds what one in memory, where threads
     * meet within a call, shows in hundreds.
     */
    protected int raceShare() {
        return 1;
    }

    /**
     * How often, a second apart, a store does again by itself what follows from a call that succeeded and could not be done with
     * it, as it lies elsewhere; 0 when nothing fails.
     */
    protected int repeatsOfWhatFailed() {
        return 0;
    }

    @Nested
    @DisplayName("Sessions:")
    class Sessions extends SessionsContract {
        Sessions() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Resuming and deleting:")
    class Endings extends EndingsContract {
        Endings() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Renewal:")
    class Renewal extends RenewalContract {
        Renewal() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Finding:")
    class Finding extends FindingContract {
        Finding() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Log:")
    class Log extends LogContract {
        Log() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("History and standing:")
    class History extends HistoryContract {
        History() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Feed:")
    class Feed extends FeedContract {
        Feed() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Deadlines:")
    class Deadlines extends DeadlinesContract {
        Deadlines() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Warnings:")
    class Warnings extends WarningsContract {
        Warnings() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Agents:")
    class Agents extends AgentsContract {
        Agents() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Agents' races:")
    class AgentRaces extends AgentRacesContract {
        AgentRaces() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Outbox:")
    class OutboxRows extends OutboxContract {
        OutboxRows() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Tasks:")
    class Tasks extends TasksContract {
        Tasks() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Turns of tasks:")
    class TaskTurns extends TaskTurnsContract {
        TaskTurns() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Inboxes:")
    class Inboxes extends InboxContract {
        Inboxes() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Webhooks:")
    class Webhooks extends WebhooksContract {
        Webhooks() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Channels:")
    class Channels extends ChannelsContract {
        Channels() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Presence:")
    class Presence extends PresenceContract {
        Presence() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Aggregations:")
    class Aggregations extends AggregationsContract {
        Aggregations() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Faults:")
    class Faults extends FaultsContract {
        Faults() {
            super(StoreContract.this);
        }
    }

    @Nested
    @DisplayName("Races:")
    class Races extends RacesContract {
        Races() {
            super(StoreContract.this);
        }
    }
}
