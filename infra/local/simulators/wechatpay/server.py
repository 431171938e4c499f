"""The HTTP side: signed calls, the platform's errors, and `/_control`, where people pay."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from infra.local.simulators.wechatpay.book import Book, Refused
from infra.local.simulators.wechatpay.keys import SimulatedKeys
from infra.local.simulators.wechatpay.notices import MODES, Notifier
from infra.local.simulators.wechatpay.seal import BadSignature, Seal

_TRADE = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
FAULTS = ("429", "500", "reset", "slow", "malformed", "unsigned", "lost-answer")
SEAL = web.AppKey("seal", Seal)
BOOK = web.AppKey("book", Book)
NOTIFIER = web.AppKey("notifier", Notifier)
SCRIPT: web.AppKey[deque[str]] = web.AppKey("script", deque)
_SLOW_S = 60.0


def make_app(
    keys: SimulatedKeys, scale: float = 1.0, clock: Callable[[], float] = time.time
) -> web.Application:
    """The simulator of one merchant's platform."""
    app = web.Application(middlewares=[_platform])
    app[SEAL], app[BOOK] = Seal(keys, clock), Book()
    app[NOTIFIER], app[SCRIPT] = Notifier(app[SEAL], scale), deque()
    app.router.add_post(f"{_TRADE}/jsapi", _prepay)
    app.router.add_get(_TRADE + "/out-trade-no/{number}", _query)
    app.router.add_post(_TRADE + "/out-trade-no/{number}/close", _close)
    app.router.add_post(_REFUNDS, _refund)
    app.router.add_get(_REFUNDS + "/{number}", _query_refund)
    app.router.add_get("/v3/certificates", _certificates)
    app.router.add_get("/_control", _report)
    app.router.add_post("/_control", _control)
    app.on_cleanup.append(lambda app: app[NOTIFIER].stop())
    return app


@web.middleware
async def _platform(request: web.Request, handler: Any) -> web.StreamResponse:
    """Checks the signature, plays a scripted fault, signs the answer."""
    if request.path == "/_control":
        response: web.StreamResponse = await _refusing(request, handler)
        return response
    request.app[BOOK].seen[f"{request.method} {request.path.split('/')[-1][:12]}"] += 1
    fault = request.app[SCRIPT].popleft() if request.app[SCRIPT] else ""
    if fault in ("429", "500", "reset", "slow", "malformed"):
        return await _failing(request, fault)
    try:
        request.app[SEAL].check_request(
            request.headers.get("Authorization", ""),
            request.method,
            request.raw_path,
            await request.text(),
        )
    except BadSignature as error:
        return _signature_error(request, error)
    answer = await _refusing(request, handler)
    if fault == "lost-answer":
        return await _failing(request, "reset")
    text = answer.text or "" if isinstance(answer, web.Response) else ""
    if fault != "unsigned":
        answer.headers.update(request.app[SEAL].headers_for(text))
    return answer


async def _refusing(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except Refused as error:
        return _json({"code": error.code, "message": error.message}, error.status)
    except (KeyError, TypeError, ValueError) as error:
        return _json({"code": "PARAM_ERROR", "message": f"参数错误: {error}"}, 400)
    return response


async def _failing(request: web.Request, fault: str) -> web.Response:
    if fault == "slow":
        await asyncio.sleep(_SLOW_S)
    if fault == "reset" and request.transport:
        request.transport.abort()
    if fault == "malformed":
        return web.Response(text="<html>gateway</html>", content_type="text/html")
    if fault == "429":
        return _json({"code": "FREQUENCY_LIMITED", "message": "频率过高"}, 429)
    return _json({"code": "SYSTEM_ERROR", "message": "系统错误"}, 500)


def _signature_error(request: web.Request, error: BadSignature) -> web.Response:
    request.app[BOOK].seen["bad_signatures"] += 1
    information = {
        "method": request.method,
        "url": request.raw_path,
        "truncated_sign_message": error.sign_message[:100],
        "sign_message_length": len(error.sign_message),
    }
    detail = {
        "detail": {"issue": str(error)},
        "field": "signature",
        "location": "authorization",
        "sign_information": information,
    }
    body = {"code": "SIGN_ERROR", "message": "签名错误，请检查后再试", "detail": detail}
    return _json(body, 401)


async def _prepay(request: web.Request) -> web.Response:
    asked = await request.json()
    keys = request.app[SEAL].keys
    if asked["mchid"] != keys.mchid or asked["appid"] != keys.appid:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "商户号与appid不匹配")
    total, openid = asked["amount"]["total"], asked["payer"]["openid"]
    if not isinstance(total, int) or total < 1 or not openid:
        raise ValueError("amount or payer")
    if not 6 <= len(asked["out_trade_no"]) <= 32 or not asked["description"]:
        raise ValueError("out_trade_no or description")
    return _json({"prepay_id": request.app[BOOK].prepay(asked)})


async def _query(request: web.Request) -> web.Response:
    return _json(request.app[BOOK].find(request.match_info["number"]).shown())


async def _close(request: web.Request) -> web.Response:
    request.app[BOOK].close(request.match_info["number"])
    return web.Response(status=204)


async def _refund(request: web.Request) -> web.Response:
    return _json(request.app[BOOK].refund(await request.json()))


async def _query_refund(request: web.Request) -> web.Response:
    number = request.match_info["number"]
    for entry in request.app[BOOK].entries.values():
        if number in entry.refunds:
            return _json(entry.refunds[number])
    raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")


async def _certificates(request: web.Request) -> web.Response:
    seal = request.app[SEAL]
    if not seal.published:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥")
    listed = [
        {
            "serial_no": key.serial,
            "effective_time": "2025-01-01T00:00:00+08:00",
            "expire_time": "2035-01-01T00:00:00+08:00",
            "encrypt_certificate": seal.encrypted(key.certificate, "certificate"),
        }
        for key in seal.published
    ]
    return _json({"data": listed})


async def _report(request: web.Request) -> web.Response:
    book, notifier = request.app[BOOK], request.app[NOTIFIER]
    orders = {number: entry.state for number, entry in book.entries.items()}
    told = [vars(notice) for notice in notifier.told[-300:]]
    seen = {**book.seen, "notices_taken": notifier.taken}
    return _json({"seen": seen, "orders": orders, "notices": told})


async def _control(request: web.Request) -> web.Response:
    """One order of these.

    `{"pay": "<out_trade_no>", "notice": "<mode>"}`: the user pays, and the platform tells of it so.
    `{"notice_again": "<out_trade_no>", "notice": "<mode>"}`: it tells once more.
    `{"end_refund": "<out_trade_no>", "status": "SUCCESS"|"ABNORMAL"|"CLOSED", "notice"}`.
    `{"fault": "<fault>", "times": 1}`: what happens to the next calls.
    `{"sign": "new-certificate" | "public-key"}`: what it signs with from now on.
    `{"scale": 0.1}` of all waits; `{"reset": true}` forgets orders and scripts.
    """
    app, order = request.app, await request.json()
    mode, fault = str(order.get("notice", "ok")), str(order.get("fault", ""))
    if mode not in MODES or (fault and fault not in FAULTS):
        raise ValueError(f"notice is one of {', '.join(MODES)}; fault of {', '.join(FAULTS)}")
    if order.get("reset"):
        app[BOOK].entries.clear()
        app[BOOK].seen.clear()
        app[SCRIPT].clear()
        app[NOTIFIER].told.clear()
    app[NOTIFIER].scale = float(order.get("scale", app[NOTIFIER].scale))
    sign = order.get("sign")
    if sign:
        {"new-certificate": app[SEAL].rotate, "public-key": app[SEAL].use_public_key}[sign]()
    app[SCRIPT].extend([fault] * int(order.get("times", 1)) if fault else [])
    if "pay" in order:
        app[NOTIFIER].payment(app[BOOK].pay(order["pay"]), mode)
    if "notice_again" in order:
        app[NOTIFIER].payment(app[BOOK].find(order["notice_again"]), mode)
    if "end_refund" in order:
        refund = app[BOOK].end_refund(order["end_refund"], str(order.get("status", "SUCCESS")))
        app[NOTIFIER].refund(app[BOOK].find(order["end_refund"]), refund, mode)
    return await _report(request)


def _json(body: Any, status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")
