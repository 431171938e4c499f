module.exports = require("uuid");
