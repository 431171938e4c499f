module.exports = require("axios").default;
