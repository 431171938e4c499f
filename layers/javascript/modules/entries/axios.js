const axios = require("axios").default;

// As in a browser, which axios does not take this for: the boundary is fetch's to choose.
function leaveFormTypeToFetch(data, headers) {
  const type = String(headers.getContentType() ?? "");
  if (data instanceof FormData && !type.includes("json")) headers.setContentType(false);
  return data;
}

axios.defaults.transformRequest.unshift(leaveFormTypeToFetch);
module.exports = axios;
