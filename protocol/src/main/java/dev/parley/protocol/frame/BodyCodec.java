package dev.parley.protocol.frame;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;

/**
 * Binds JSON objects to records and back. The components of a record are the members of the object, under the same names.
 *
 * <ul>
 *   <li>Nothing is coerced: a number is no text. A whole number may be written with a fraction of zero or an exponent.
 *   <li>A JSON null is the same as a member that is left out, unless the component has {@link
 *       dev.parley.protocol.ExplicitNull}; members that the record does not have are ignored.
 *   <li>A component is needed when it has {@link dev.parley.protocol.Required} or is not marked nullable.
 *   <li>All that is wrong is told at once, in one error.
 * </ul>
 *
 * <p>Understood are text, whole numbers, doubles, booleans, {@link RawJson} (any JSON value, kept as a slice of the input),
 * instants, enums by their wire names, lists, maps by text, and records of all these. Stateless; any thread; what is found out
 * about a record class is kept with the class.
 */
public final class BodyCodec {
    private BodyCodec() {}

    /**
     * Binds params that came in a frame.
     *
     * @param params a JSON object
     * @param recordType a record class
     * @return the record; its raw members are slices of {@code params}
     * @throws ProtocolException {@code VALIDATION_ERROR}: {@code missingFields} in the details names all that is missing;
     *     {@code field}, {@code providedValue} and {@code expectedFormat} tell the first that is wrong, {@code fields} all
     */
    public static <P> P decode(RawJson params, Class<P> recordType) {
        return decode(params, recordType, false);
    }

    /**
     * Binds params of which some came as text, such as query parameters.
     *
     * @param params a JSON object
     * @param recordType a record class
     * @param lenientScalars whether a text that holds just a number or a boolean is taken for one, where one is wanted
     * @return the record; its raw members are slices of {@code params}
     * @throws ProtocolException as {@link #decode(RawJson, Class)} does
     */
    public static <P> P decode(RawJson params, Class<P> recordType, boolean lenientScalars) {
        RecordPlan<P> plan = RecordPlan.of(recordType);
        Decoding decoding = new Decoding(params, lenientScalars);
        try {
            if (decoding.scanner().peek() != '{') {
                throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "Send a JSON object with named members.");
            }
            P value = plan.read(decoding, null);
            decoding.scanner().finish();
            if (value == null) {
                throw decoding.refusal();
            }
            return value;
        } catch (JsonScanner.Malformed e) {
            throw ProtocolException.of(ErrorCode.INVALID_JSON, "Send well-formed JSON: " + e.problem() + ".");
        }
    }

    /**
     * Writes a record, map or other value as JSON, nulls left out.
     *
     * @param value of types that {@link Json#MAPPER} can write
     */
    public static RawJson encode(Object value) {
        return RawJson.of(Json.write(value));
    }
}
