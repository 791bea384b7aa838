package dev.parley.gateway.connection;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.frame.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From WebSocket frames to the connection: the last handler of an upgraded channel, and the only one that reads JSON. One copy
 * is made of each frame, into an array that is never changed, so that no reference counting goes beyond this class.
 */
final class FrameHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameHandler.class);

    private final Connection connection;

    FrameHandler(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            ReferenceCountUtil.release(message);
            return;
        }
        connection.heard();
        if (frame instanceof CloseWebSocketFrame close) {
            connection.peerClosed(close);
            return;
        }
        try {
            if (frame instanceof TextWebSocketFrame) {
                ByteBuf content = frame.content();
                byte[] text = new byte[content.readableBytes()];
                content.readBytes(text);
                connection.onFrame(FrameReader.read(text, 0, text.length));
            } else if (frame instanceof PingWebSocketFrame) {
                connection.pinged(frame.content());
            } else if (frame instanceof PongWebSocketFrame) {
                connection.ponged(frame.content());
            } else if (frame instanceof BinaryWebSocketFrame) {
                connection.bad(null, ErrorCode.RPC_INVALID_REQUEST, "Frames are text; send JSON in a text frame.");
            }
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        connection.writabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connection.inactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            connection.close(CloseCode.FRAME_TOO_LARGE);
        } else if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            if (corrupted.closeStatus().code() == WebSocketCloseStatus.MESSAGE_TOO_BIG.code()) {
                connection.close(CloseCode.FRAME_TOO_LARGE);
            } else {
                connection.close(CloseCode.BAD_FRAMES);
            }
        } else if (cause instanceof IOException) {
            LOG.debug("cut connection={} cause={}", connection.id(), cause.toString());
            context.close();
        } else {
            LOG.error("defect connection={}", connection.id(), cause);
            context.close();
        }
    }
}
