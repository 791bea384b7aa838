package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.docs.Tour.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Does what the README's tour says, word for word, and looks whether it prints what the README says that it prints. */
@Timeout(300)
class ReadmeTourTest {
    private static final String START = "./parley serve\n";
    private static final String ADDRESS = "localhost:8080";
    private static final String BOUNDARY = "@@@ next block";

    @TempDir
    private Path directory;

    @Test
    void tourPrintsWhatTheReadmePromises() throws Exception {
        Tour tour = Tour.ofSection(Files.readString(Path.of("..", "README.md")), "A five-minute tour");
        assertThat(tour.blocks().get(0)).isEqualTo(new Block("sh", START));

        try (RunningGateway gateway = RunningGateway.start()) {
            List<String> outputs = run(tour, gateway.address());
            int command = 0;
            for (Block block : tour.blocks().subList(1, tour.blocks().size())) {
                if (block.language().equals("sh")) {
                    command++;
                } else if (block.language().equals("text")) {
                    String output = outputs.get(command);
                    assertThat(Tour.matches(block.text(), output))
                            .as("README.md promises%n%s%nand got%n%s", block.text(), output)
                            .isTrue();
                }
            }
            assertThat(command).as("commands of the tour").isPositive();
        }
    }

    /** What each command printed, from index 1 on; before the first there is nothing. */
    private List<String> run(Tour tour, String address) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder();
        for (Block block : tour.blocks()) {
            String text = block.text().replace(ADDRESS, address);
            if (block.language().equals("java")) {
                Matcher name = Pattern.compile("(?m)^class (\\w+)").matcher(text);
                assertThat(name.find()).isTrue();
                Files.writeString(directory.resolve(name.group(1) + ".java"), text);
            } else if (block.language().equals("sh") && !block.text().equals(START)) {
                script.append("echo '").append(BOUNDARY).append("'\n").append(text);
            }
        }
        script.append("kill $(jobs -p)\n");
        ProcessBuilder bash = new ProcessBuilder("bash", "-c", script.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true);
        // The tour's `java` is the one that runs this test.
        String bin = Path.of(RunningGateway.java()).resolveSibling("").toString();
        bash.environment().merge("PATH", bin, (path, first) -> first + ":" + path);
        Process shell = bash.start();
        String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        shell.waitFor();
        return List.of(output.split(BOUNDARY + "\n", -1));
    }
}
