"""WeChat Pay API v3: signed orders, payments and refunds, encrypted notices that also lie."""
