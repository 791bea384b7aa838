import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.protocol.session.SessionEvents;
import java.net.URI;
import java.util.Scanner;

/** A chat in the terminal: USER, AGENT and, if it is not on this machine's port 8080, the gateway's socket. */
class Chat implements ClientListener {
    public static void main(String[] args) {
        URI gateway = URI.create(args.length > 2 ? args[2] : "ws://localhost:8080/ws");
        try (ParleyClient client =
                ParleyClient.user(gateway, args[0]).listener(new Chat()).build()) {
            client.connect().join();
            String sessionId = client.createSession(args[1]).join().sessionId();
            Scanner lines = new Scanner(System.in);
            while (lines.hasNextLine()) {
                client.send(sessionId, lines.nextLine()).join();
            }
        }
    }

    @Override
    public void onMessage(SessionEvents.Message message) {
        System.out.println(message.authorId() + ": " + message.content());
    }

    @Override
    public void onExpiring(SessionEvents.DeadlineNotice deadline) {
        System.out.println("[the session ends at " + deadline.expiresAt() + " unless you say something]");
    }

    @Override
    public void onGap(SessionEvents.Gap gap) {
        System.out.println("[entries " + gap.from() + " to " + gap.to() + " are lost]");
    }
}
