package dev.parley.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;

/**
 * One JSON value as bytes of UTF-8, known to be well formed and not parsed further. It is a slice: what it was cut from must
 * not be changed afterwards.
 */
public final class RawJson implements JacksonSerializable {
    /** The empty object, shared. */
    public static final RawJson EMPTY_OBJECT = of("{}");

    private final byte[] bytes;
    private final int offset;
    private final int length;

    private RawJson(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    /**
     * A slice of well-formed JSON; the array is not copied.
     *
     * @param bytes UTF-8
     * @param offset index of the value's first byte
     * @param length in bytes
     */
    public static RawJson slice(byte[] bytes, int offset, int length) {
        return new RawJson(bytes, offset, length);
    }

    /** The whole array as one value; not copied. */
    public static RawJson of(byte[] bytes) {
        return new RawJson(bytes, 0, bytes.length);
    }

    /** The text as one value; it must be well-formed JSON. */
    public static RawJson of(String json) {
        return of(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The array that holds the value; only the range {@link #offset()} to {@code offset() + length()} belongs to it. */
    public byte[] array() {
        return bytes;
    }

    /** Index of the first byte in {@link #array()}. */
    public int offset() {
        return offset;
    }

    /** Length in bytes. */
    public int length() {
        return length;
    }

    /** This value in an array of its own, so that a small value does not keep a large frame alive. */
    public RawJson compact() {
        return length == bytes.length ? this : of(toByteArray());
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** Whether the value is an object. */
    public boolean isObject() {
        return length > 0 && bytes[offset] == '{';
    }

    @Override
    public void serialize(JsonGenerator generator, SerializationContext context) {
        generator.writeRawValue(toString());
    }

    @Override
    public void serializeWithType(JsonGenerator generator, SerializationContext context, TypeSerializer types) {
        serialize(generator, context);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawJson that
                && Arrays.equals(bytes, offset, offset + length, that.bytes, that.offset, that.offset + that.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    /** The JSON text. */
    @Override
    public String toString() {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}
