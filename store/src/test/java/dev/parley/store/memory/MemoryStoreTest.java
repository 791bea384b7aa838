package dev.parley.store.memory;

import dev.parley.store.Store;
import dev.parley.store.StoreContract;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The embedded store")
final class MemoryStoreTest extends StoreContract {
    @Override
    protected Store open(ManualTime time, StoreSettings settings) {
        return new MemoryStore(time, settings);
    }

    @Override
    protected int liveSubscriptions(Store store) {
        return ((MemoryStore) store).liveSubscriptions();
    }
}
