package dev.parley.client.sample;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTest {
    @ParameterizedTest
    @ValueSource(strings = {"help", "slow", "long", "end", "hello there", "  HELP ", "", "one\ntwo  three"})
    void the_pieces_are_the_text_and_the_text_fits_into_a_message(String said) {
        Reply reply = Reply.to(said);

        assertThat(String.join("", reply.pieces())).isEqualTo(reply.text());
        assertThat(reply.pieces()).hasSizeGreaterThan(3);
        assertThat(reply.text().length()).isBetween(1, Reply.MAX_LENGTH);
    }

    @Test
    void slow_takes_about_ten_seconds() {
        Reply slow = Reply.to("slow");

        assertThat(slow.pieces().size() * slow.pieceMillis()).isBetween(8_000L, 12_000L);
    }

    @Test
    void long_is_long() {
        assertThat(Reply.to("long").text()).hasSizeGreaterThan(3000);
    }

    @Test
    void silence_is_silent_and_only_end_ends() {
        assertThat(Reply.to("silence").isSilent()).isTrue();
        assertThat(Reply.to("end").endsSession()).isTrue();
        assertThat(Reply.to("the end").endsSession()).isFalse();
    }

    @Test
    void what_was_said_is_quoted_in_part_and_never_cut_within_a_character() {
        String said = "x".repeat(199) + "\ud83d\ude00".repeat(1900);

        String text = Reply.to(said).text();

        assertThat(text).startsWith("You said: xxx").hasSizeLessThan(400);
        assertThat(text.codePoints().noneMatch(c -> c >= 0xd800 && c < 0xe000)).isTrue();
    }

    @Test
    void data_without_a_text_is_answered_too() {
        assertThat(Reply.to(null).text()).contains("text");
    }

    @Test
    void the_id_of_an_answer_follows_from_the_agent_and_the_id_of_the_message() {
        String longest = "y".repeat(128);

        assertThat(Conversation.replyId("sample", "m1")).isEqualTo("r-sample-m1");
        assertThat(Conversation.replyId("other", "m1")).isEqualTo("r-other-m1");
        assertThat(Conversation.replyId("sample", longest))
                .hasSizeLessThanOrEqualTo(128)
                .isEqualTo(Conversation.replyId("sample", longest))
                .isNotEqualTo(Conversation.replyId("other", longest));
    }
}
