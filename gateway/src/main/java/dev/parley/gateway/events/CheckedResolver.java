package dev.parley.gateway.events;

import dev.parley.gateway.config.PublicAddresses;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves hosts, and hands out only addresses that may be connected to. What it hands out is what is connected to, so an answer
 * of DNS that changes afterwards changes nothing. Addresses that were written as such are looked at too.
 */
final class CheckedResolver extends AddressResolverGroup<InetSocketAddress> {
    private final boolean allowPrivate;
    private @Nullable EventLoopGroup loop;
    private @Nullable DnsNameResolver names;

    /**
     * @param allowPrivate whether any address will do
     */
    CheckedResolver(boolean allowPrivate) {
        this.allowPrivate = allowPrivate;
    }

    /** Why nothing is connected to. */
    static final class NotAllowed extends UnknownHostException {
        private static final long serialVersionUID = 1;

        NotAllowed(String host) {
            super(host + " has no address of the public internet; others need WEBHOOK_ALLOW_PRIVATE=true");
        }
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Resolver(executor);
    }

    @Override
    public void close() {
        super.close();
        synchronized (this) {
            if (names != null && loop != null) {
                names.close();
                loop.shutdownGracefully();
            }
        }
    }

    /** Asks DNS on a thread of its own, which is there from the first question on. */
    private synchronized DnsNameResolver names() {
        DnsNameResolver known = names;
        if (known == null) {
            EventLoopGroup own = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            known = new DnsNameResolverBuilder(own.next())
                    .datagramChannelType(NioDatagramChannel.class)
                    .build();
            loop = own;
            names = known;
        }
        return known;
    }

    private final class Resolver extends AbstractAddressResolver<InetSocketAddress> {
        Resolver(EventExecutor executor) {
            super(executor, InetSocketAddress.class);
        }

        /** Never, so that each is looked at. */
        @Override
        protected boolean doIsResolved(InetSocketAddress address) {
            return false;
        }

        @Override
        protected void doResolve(InetSocketAddress address, Promise<InetSocketAddress> promise) {
            Promise<List<InetSocketAddress>> all = executor().newPromise();
            all.addListener((Future<List<InetSocketAddress>> found) -> {
                if (found.isSuccess()) {
                    promise.trySuccess(found.getNow().get(0));
                } else {
                    promise.tryFailure(found.cause());
                }
            });
            doResolveAll(address, all);
        }

        @Override
        protected void doResolveAll(InetSocketAddress address, Promise<List<InetSocketAddress>> promise) {
            InetAddress known = address.getAddress() != null
                    ? address.getAddress()
                    : PublicAddresses.literal(address.getHostString());
            if (known != null) {
                hand(address, List.of(known), promise);
                return;
            }
            names().resolveAll(address.getHostString()).addListener((Future<List<InetAddress>> found) -> {
                if (found.isSuccess()) {
                    hand(address, found.getNow(), promise);
                } else {
                    promise.tryFailure(found.cause());
                }
            });
        }

        private void hand(InetSocketAddress asked, List<InetAddress> found, Promise<List<InetSocketAddress>> promise) {
            List<InetSocketAddress> allowed = new ArrayList<>();
            for (InetAddress address : found) {
                if (allowPrivate || PublicAddresses.isPublic(address)) {
                    allowed.add(new InetSocketAddress(address, asked.getPort()));
                }
            }
            if (allowed.isEmpty()) {
                promise.tryFailure(new NotAllowed(asked.getHostString()));
            } else {
                promise.trySuccess(allowed);
            }
        }
    }
}
