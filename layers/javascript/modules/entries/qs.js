module.exports = require("qs");
