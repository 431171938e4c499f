"""WeChat Pay API v3, direct merchant, JSAPI: pay.weixin.qq.com/doc/v3/merchant/4012791858."""
