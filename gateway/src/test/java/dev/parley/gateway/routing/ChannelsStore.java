package dev.parley.gateway.routing;

import dev.parley.store.ChannelStore;
import dev.parley.store.Store;
import java.lang.reflect.Proxy;

/** A store with other channels. */
final class ChannelsStore {
    private ChannelsStore() {}

    static Store of(Store store, ChannelStore channels) {
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) ->
                        method.getName().equals("channels") ? channels : method.invoke(store, arguments));
    }
}
