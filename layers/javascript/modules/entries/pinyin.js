// As the package's own lib/web-pinyin.js, with the dictionary of all characters, which the
// build has regrouped into { reading: characters }: 40,000 literals take V8 100 ms.
const grouped = require("pinyin/data/dict-zi.js");
const Pinyin = require("pinyin/lib/pinyin.js");

const readings = [];
for (const [reading, characters] of Object.entries(grouped)) {
  for (const character of characters) readings[character.codePointAt(0)] = reading;
}
const pinyin = new Pinyin(readings);
module.exports = pinyin.convert.bind(pinyin);
module.exports.default = module.exports.pinyin = module.exports;
module.exports.compare = pinyin.compare.bind(pinyin);
module.exports.compact = pinyin.compact.bind(pinyin);
for (const name of Object.getOwnPropertyNames(Pinyin)) {
  if (name.startsWith("STYLE_")) module.exports[name] = Pinyin[name];
}
