package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an epoch says of the position that somebody had in an earlier one. */
@DisplayName("epochs")
class EpochsTest {
    @Test
    @DisplayName("another log has nothing in common")
    void anotherLog() {
        assertThat(Epochs.survived("a.1", "b.1", 9)).isZero();
    }

    @Test
    @DisplayName("what was there when a later generation began is left")
    void laterGeneration() {
        assertThat(Epochs.survived("a.1", "a.1", 9)).isEqualTo(9);
        assertThat(Epochs.survived("a.1", "a.1.2-5", 9)).isEqualTo(5);
        assertThat(Epochs.survived("a.1", "a.1.2-7.3-6", 9)).isEqualTo(6);
        assertThat(Epochs.survived("a.1.2-5", "a.1.2-5.3-8", 9)).isEqualTo(8);
    }

    @Test
    @DisplayName("of a generation that was lost itself, what was there before it is left")
    void lostGeneration() {
        assertThat(Epochs.survived("a.1.2-5", "a.1.3-7", 9)).isEqualTo(5);
    }

    @Test
    @DisplayName("that the eldest generations were dropped loses nothing of the later ones")
    void dropped() {
        assertThat(Epochs.survived("a.1.2-5.3-8", "a.2-5.3-8.4-20", 30)).isEqualTo(20);
        assertThat(Epochs.survived("a.1.2-9.3-12", "a.3-9.4-20", 30)).isEqualTo(20);
    }

    @Test
    @DisplayName("of a generation that was dropped as much is left as the eldest one says")
    void positionInDropped() {
        assertThat(Epochs.survived("a.1", "a.3-5.4-20", 30)).isEqualTo(5);
    }
}
