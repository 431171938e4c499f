module.exports = require("date-fns");
