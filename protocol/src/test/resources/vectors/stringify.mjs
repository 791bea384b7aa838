// Writes stringify.json: what a JavaScript engine makes of JSON texts. Run with: node stringify.mjs
import { writeFileSync } from 'node:fs';

const texts = [
  '{}', '[]', '""', 'null', 'true', 'false', '0', '-0', '-0.0', '1.0', '1e0', '100', '1e2', '1E+2', '-1.50', '0.1',
  '1e21', '1e20', '123456789012345680000', '1234567890123456789012', '999999999999999934463', '1e-6', '1e-7', '0.000001', '0.0000001', '1.5e-9', '1.7976931348623157e308',
  '1.7976931348623159e308', '1e400', '-1e400', '1e-400', '5e-324', '4.9e-324', '3e-324', '2e-323', '9.9e-324',
  '2.2250738585072014e-308', '9007199254740991', '9007199254740992', '9007199254740993', '12345678901234567890',
  '-9223372036854775808', '18446744073709551616', '0.30000000000000004', '2e23', '9e22', '1e23', '8.41e21', '2.0e-3', '2.2e-322', '4.35', '1.1e1',
  '100000000000000000000000', '0.1e-1', '5e-7', '1.0000000000000002', '4503599627370495.5', '0.5', '1e15', '1e16', '123e-20', '999999999999999',
  '  { "a" : 1 , "b" : [ 1 , 2 ] }  ', '{"a":1,"a":2}', '{"a":1,"b":2,"a":{"c":3,"c":4}}', '{"b":1,"2":2,"a":3,"1":4,"01":5,"-1":6}',
  '{"4294967294":1,"4294967295":2,"4294967296":3,"0":4}', '{"":1," ":2}', '{"__proto__":1,"constructor":2}',
  '"\\u0041\\/\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u0080\\u2028\\u2029"', '"é漢😀"', '"\\ud83d\\ude00"', '"\\uD83D"', '"\\ude00\\ud83d"',
  '"a\\ud800b"', '{"\\ud800":1}', '"\\ufeff\\uffff"', '"/"', '[[[[]]],{"a":[{}]}]', '[1.0,2.50,-0,1e3]',
  '{"minutes":30.0,"name":"Ada \\u00e9","tags":["x","y"],"n":null,"ok":true}', '{"\\u0061":1,"a":2}',
];

// A small generator with a fixed seed, so that the file is the same whenever it is written.
let seed = 20261121n;
function bits(count) {
  seed = (seed * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return seed >> BigInt(64 - count);
}
const view = new DataView(new ArrayBuffer(8));
for (let i = 0; i < 400; i++) {
  view.setBigUint64(0, (bits(32) << 32n) | bits(32));
  const number = view.getFloat64(0);
  if (Number.isFinite(number)) {
    texts.push(number.toExponential(20), String(number));
  }
}
for (let exponent = -30; exponent <= 30; exponent++) {
  texts.push(`${1 + Number(bits(3))}e${exponent}`, `${bits(20)}e${exponent}`, `0.${bits(30)}e${exponent}`);
}

const vectors = texts.map((json) => {
  const text = JSON.stringify(JSON.parse(json));
  return { json, text, length: text.length };
});
const rows = vectors.map((vector) => '  ' + JSON.stringify(vector)).join(',\n');
writeFileSync(
  new URL('stringify.json', import.meta.url),
  `{"about": "text = JSON.stringify(JSON.parse(json)); length in UTF-16 units", "vectors": [\n${rows}\n]}\n`,
);
