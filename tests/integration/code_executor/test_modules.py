"""The bundled modules, by require and as globals."""

import pytest

from tests.support.code import Engine

CASES = {
    "lodash": ("return [_.groupBy([1.2, 1.8, 2.1], Math.floor), require('lodash') === lodash,"
               " _.VERSION]",
               [{"1": [1.2, 1.8], "2": [2.1]}, True, "4.18.1"]),
    "lodash by function": ("return require('lodash/chunk')([1, 2, 3], 2)", [[1, 2], [3]]),
    "date-fns": ("return [dateFns.format(new Date(0), 'yyyy-MM-dd HH:mm'),"
                 " require('date-fns').addDays(new Date(0), 1)]",
                 ["1970-01-01 00:00", "1970-01-02T00:00:00.000Z"]),
    "date-fns in Chinese": ("const {zhCN} = require('date-fns/locale');"
                            "return dateFns.format(new Date(0), 'PPPP', {locale: zhCN})",
                            "1970年1月1日 星期四"),
    "crypto-js": ("return [CryptoJS.MD5('a').toString(),"
                  " require('crypto-js/sha256')('a').toString(),"
                  "CryptoJS.AES.decrypt(CryptoJS.AES.encrypt('中', 'k').toString(),"
                  " 'k').toString(CryptoJS.enc.Utf8)]",
                  ["0cc175b9c0f1b6a831c399e269772661",
                   "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "中"]),
    "qs": ("return [qs.stringify({a: [1, 2], b: {c: '中'}}, {encode: false}),"
           " require('qs').parse('a[b]=1')]",
           ["a[0]=1&a[1]=2&b[c]=中", {"a": {"b": "1"}}]),
    "uuid": ("return [uuid.validate(uuid.v7()), uuid.version(require('uuid').v4()),"
             "uuid.v5('a', uuid.NIL) === uuid.v5('a', uuid.NIL)]", [True, 4, True]),
    "pinyin": ("return [pinyin('中心'), require('pinyin')('重', {heteronym: true, style:"
               " pinyin.STYLE_NORMAL}),"
               "pinyin('䶮')]", [[["zhōng"], ["xīn"]], [["zhong", "chong"]], [["yǎn"]]]),
    "buffer": ("return require('node:buffer').Buffer === Buffer", True),
    "url": ("const {URL: U} = require('url'); return new U('http://a').href", "http://a/"),
    "axios": ("return [typeof axios.post, require('axios') === axios, axios.VERSION]",
              ["function", True, "1.21.1"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_module_works(engine: Engine, name: str):
    code, expected = CASES[name]

    assert engine.result(code) == expected


@pytest.mark.parametrize(
    "name",
    ["fs", "node:fs", "child_process", "net", "http", "./x", "../x", "lodash/../fs", "constructor",
     "__proto__", "crypto", "web"],
)  # fmt: skip
def test_other_modules_are_not_there(engine: Engine, name: str):
    code = f"try {{ require({name!r}) }} catch (e) {{ return [e.code, e.message] }}"

    kind, message = engine.result(code)
    assert kind == "MODULE_NOT_FOUND"
    assert name in message
    assert "lodash" in message


def test_a_name_of_a_module_can_be_the_callers_own(engine: Engine):
    assert engine.result("const axios = require('axios'), _ = 1, qs = 2; return _ + qs") == 3
    assert engine.result("lodash = 5; return lodash") == 5


def test_a_module_found_under_a_computed_name_is_the_same(engine: Engine):
    assert engine.result("return require('lo' + 'dash') === globalThis['_']") is True
