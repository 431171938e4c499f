// Runs a code block from Node: `node run_code.mjs`, with axios where it is installed, else fetch.
const base = process.env.ROLECRAFT_URL ?? 'http://localhost:8080';
const code = 'return { total: input.prices.reduce((a, b) => a + b, 0) };';
const body = { input: { prices: [1, 2, 3] }, codebase64: Buffer.from(code).toString('base64') };
const headers = { accessToken: process.env.FLOW_TOKEN, 'Content-Type': 'application/json' };

async function post(url) {
  try {
    const { default: axios } = await import(process.env.AXIOS ?? 'axios');
    return (await axios.post(url, body, { headers })).data;
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

console.log(JSON.stringify(await post(`${base}/flow/codeblock`)));
