// Would WeChat Pay (API v3) believe our requests, and do we believe what it signs? Signatures by wechatpay-axios-plugin.
// Keys come as one JSON line; prints its address. /judge/* are a test's levers, everything else is the API.
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Aes, Formatter, Rsa } from "wechatpay-axios-plugin";

const line = await new Promise((heard) => createInterface({ input: process.stdin }).once("line", heard));
const { merchant, appId, serial, merchantPublicKey, platformPrivateKey, platformSerial, apiKey, strangerKey } =
  JSON.parse(line);
const payments = new Map();
const refunds = new Map();
const files = new Map();
const nonces = new Set();
let lie = "";

const beijing = (at) => `${new Date(at.getTime() + 28_800_000).toISOString().slice(0, 19)}+08:00`;

function signed(body, told = "") {
  const age = told === "old" ? 600 : told === "early" ? -600 : 0;
  const [timestamp, nonce] = [String(Formatter.timestamp() - age), Formatter.nonce()];
  const key = told === "stranger" ? strangerKey : platformPrivateKey;
  return {
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Serial": told === "otherSerial" ? "PUB_KEY_ID_0" : platformSerial,
    "Wechatpay-Signature": Rsa.sign(Formatter.response(timestamp, nonce, body), key),
    "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
  };
}

function answer(response, status, said) {
  const told = lie;
  lie = "";
  if (told === "drop") return response.destroy();
  let body = said === undefined ? "" : JSON.stringify(said);
  const headers = told === "unsigned" ? {} : signed(body, told);
  if (told === "otherBody") body = body.replace("SUCCESS", "SUCCESS ").replace("{", "{ ");
  response.writeHead(told === "broken" ? 500 : status, { "Content-Type": "application/json", ...headers }).end(body);
}

const refuse = (response, status, code) => answer(response, status, { code, message: code });

function isBelieved(request, body) {
  const proof = /^WECHATPAY2-SHA256-RSA2048 (.*)$/.exec(request.headers.authorization || "");
  const named = Object.fromEntries([...(proof?.[1] || "").matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  if (named.mchid !== merchant || named.serial_no !== serial || nonces.has(named.nonce_str)) return false;
  if (Math.abs(named.timestamp - Formatter.timestamp()) > 300 || !request.headers["user-agent"]) return false;
  nonces.add(named.nonce_str);
  const said = Formatter.request(request.method, request.url, named.timestamp, named.nonce_str, body);
  return Rsa.verify(said, named.signature, merchantPublicKey);
}

function transaction(payment) {
  const { total, currency } = payment.amount;
  const known = { appid: payment.appid, mchid: payment.mchid, out_trade_no: payment.out_trade_no };
  if (!payment.paidAt) return { ...known, trade_state: payment.state, trade_state_desc: payment.state, attach: "" };
  return {
    ...known,
    transaction_id: payment.transaction_id,
    trade_type: payment.type,
    trade_state: payment.state,
    trade_state_desc: "支付成功",
    bank_type: "OTHERS",
    success_time: beijing(payment.paidAt),
    payer: { openid: "o" },
    amount: { total, payer_total: total, currency, payer_currency: currency },
  };
}

const refundSaid = ({ paidAt, doneAt, ...refund }) => ({ ...refund, success_time: beijing(doneAt), channel: "ORIGINAL" });

function begin(response, type, wish) {
  const known = payments.get(wish.out_trade_no);
  const wanted = ["appid", "mchid", "description", "out_trade_no", "notify_url", "amount", "time_expire"];
  if (wanted.some((name) => !wish[name]) || !Number.isInteger(wish.amount.total) || wish.amount.total < 1)
    return refuse(response, 400, "PARAM_ERROR");
  if (!/^[\w|*-]{6,32}$/.test(wish.out_trade_no) || (type === "h5" && !wish.scene_info?.payer_client_ip))
    return refuse(response, 400, "PARAM_ERROR");
  if (wish.appid !== appId || wish.mchid !== merchant) return refuse(response, 400, "APPID_MCHID_NOT_MATCH");
  if (known?.paidAt) return refuse(response, 400, "ORDERPAID");
  if (known && known.amount.total !== wish.amount.total) return refuse(response, 400, "OUT_TRADE_NO_USED");
  payments.set(wish.out_trade_no, { ...wish, type, state: "NOTPAY" });
  if (type === "native") return answer(response, 200, { code_url: `weixin://wxpay/bizpayurl?pr=${wish.out_trade_no}` });
  if (type === "h5") return answer(response, 200, { h5_url: `https://wx.tenpay.com/mweb?prepay_id=${wish.out_trade_no}` });
  return answer(response, 200, { prepay_id: `wx${wish.out_trade_no}` });
}

function giveBack(response, wish) {
  const payment = payments.get(wish.out_trade_no);
  if (!payment?.paidAt) return refuse(response, 404, "RESOURCE_NOT_EXISTS");
  const known = refunds.get(wish.out_refund_no);
  if (known) return answer(response, 200, refundSaid(known));
  const given = [...refunds.values()].filter((each) => each.out_trade_no === wish.out_trade_no);
  const left = payment.amount.total - given.reduce((sum, each) => sum + each.amount.refund, 0);
  if (wish.amount.total !== payment.amount.total || wish.amount.refund > left) return refuse(response, 400, "INVALID_REQUEST");
  if (wish.amount.refund === 1) return refuse(response, 403, "NOT_ENOUGH");
  const refund = {
    refund_id: `5${Formatter.nonce(12)}`,
    out_refund_no: wish.out_refund_no,
    transaction_id: payment.transaction_id,
    out_trade_no: wish.out_trade_no,
    status: "SUCCESS",
    amount: { ...wish.amount, payer_total: wish.amount.total, payer_refund: wish.amount.refund },
    doneAt: new Date(),
  };
  refunds.set(wish.out_refund_no, refund);
  payment.state = "REFUND";
  return answer(response, 200, refundSaid(refund));
}

const HEAD =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
  "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const yuan = (fen) => (fen / 100).toFixed(2);

function row(payment, refund) {
  const at = beijing(refund ? refund.doneAt : payment.paidAt).slice(0, 19).replace("T", " ");
  const total = yuan(payment.amount.total);
  const back = refund ? yuan(refund.amount.refund) : "0.00";
  const values = [at, payment.appid, merchant, "0", "", payment.transaction_id, payment.out_trade_no, "o", "NATIVE"];
  values.push(refund ? "REFUND" : "SUCCESS", "OTHERS", payment.amount.currency, refund ? "0.00" : total, "0.00");
  values.push(refund?.refund_id || "0", refund?.out_refund_no || "0", back, "0.00", refund ? "ORIGINAL" : "");
  values.push(refund ? "SUCCESS" : "", payment.description, "", "0.00000", "0.60%", refund ? "0.00" : total, back, "");
  return values.map((value) => `\`${value}`).join(",");
}

function bill(response) {
  const paid = [...payments.values()].filter((payment) => payment.paidAt);
  const rows = paid.map((payment) => row(payment));
  rows.push(...[...refunds.values()].map((refund) => row(payments.get(refund.out_trade_no), refund)));
  if (!rows.length) return refuse(response, 400, "NO_STATEMENT_EXIST");
  const caption = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
  const text = `\ufeff${[HEAD, ...rows, caption, `\`${rows.length},\`0,\`0,\`0,\`0,\`0,\`0`].join("\r\n")}\r\n`;
  const token = randomUUID();
  files.set(token, text);
  const hash = createHash("sha1").update(text).digest("hex");
  return answer(response, 200, {
    hash_type: "SHA1",
    hash_value: hash,
    download_url: `https://api.mch.weixin.qq.com/v3/billdownload/file?token=${token}`,
  });
}

function serve(request, response, body) {
  const url = new URL(request.url, "http://judge");
  if (!isBelieved(request, body)) return refuse(response, 401, "SIGN_ERROR");
  const wish = body ? JSON.parse(body) : {};
  const named = (path) => new RegExp(`^${path}$`).exec(url.pathname)?.[1];
  const type = request.method === "POST" && named("/v3/pay/transactions/(native|h5|app)");
  if (type) return begin(response, type, wish);
  const closed = request.method === "POST" && named("/v3/pay/transactions/out-trade-no/([^/]+)/close");
  if (closed) {
    const payment = payments.get(closed);
    if (!payment) return refuse(response, 404, "ORDER_NOT_EXIST");
    if (payment.paidAt) return refuse(response, 400, "ORDERPAID");
    payment.state = "CLOSED";
    return answer(response, 204);
  }
  const asked = named("/v3/pay/transactions/out-trade-no/([^/]+)");
  if (asked) {
    if (url.searchParams.get("mchid") !== merchant) return refuse(response, 400, "PARAM_ERROR");
    const payment = payments.get(asked);
    return payment ? answer(response, 200, transaction(payment)) : refuse(response, 404, "ORDER_NOT_EXIST");
  }
  if (request.method === "POST" && url.pathname === "/v3/refund/domestic/refunds") return giveBack(response, wish);
  const back = named("/v3/refund/domestic/refunds/([^/]+)");
  if (back) {
    const refund = refunds.get(back);
    return refund ? answer(response, 200, refundSaid(refund)) : refuse(response, 404, "RESOURCE_NOT_EXISTS");
  }
  if (url.pathname === "/v3/bill/tradebill") return bill(response);
  if (url.pathname === "/v3/billdownload/file") {
    const text = files.get(url.searchParams.get("token"));
    return response.end(lie === "otherFile" ? text.replace("50.00", "5.00") : text);
  }
  return refuse(response, 404, "NOT_FOUND");
}

function notice({ reference, refund, told, inside }) {
  const payment = payments.get(reference);
  const said = refund ? refundSaid(refunds.get(refund)) : transaction(payment);
  if (refund) Object.assign(said, { refund_status: said.status, mchid: merchant, amount: { ...said.amount, currency: undefined } });
  const [nonce, associated] = [Formatter.nonce(12), refund ? "refund" : "transaction"];
  const ciphertext = Aes.AesGcm.encrypt(JSON.stringify({ ...said, ...inside }), apiKey, nonce, associated);
  const body = JSON.stringify({
    id: randomUUID(),
    create_time: beijing(new Date()),
    resource_type: "encrypt-resource",
    event_type: refund ? "REFUND.SUCCESS" : "TRANSACTION.SUCCESS",
    summary: "支付成功",
    resource: { original_type: associated, algorithm: "AEAD_AES_256_GCM", ciphertext, associated_data: associated, nonce },
  });
  return { url: payment.notify_url, headers: { "Content-Type": "application/json", ...signed(body, told) }, body };
}

async function judge(path, said) {
  if (path === "/judge/pay") {
    const payment = payments.get(said.reference);
    if (payment.state !== "NOTPAY") return { paid: false };
    Object.assign(payment, { state: "SUCCESS", paidAt: new Date(), transaction_id: `4200${Formatter.nonce(20)}` });
    return { paid: true };
  }
  if (path === "/judge/lie") return { lie: (lie = said.lie) };
  if (path === "/judge/notice") return notice(said);
  if (path === "/judge/tell") {
    const { url, headers, body } = notice(said);
    const heard = await fetch(url, { method: "POST", headers, body });
    return { status: heard.status, body: await heard.text() };
  }
  if (path === "/judge/app-signature") {
    const { appid, timestamp, noncestr, prepayid, sign } = said;
    return { right: Rsa.verify(Formatter.joinedByLineFeed(appid, timestamp, noncestr, prepayid), sign, merchantPublicKey) };
  }
  throw new Error(path);
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", async () => {
    const body = Buffer.concat(pieces).toString();
    if (!request.url.startsWith("/judge/")) return serve(request, response, body);
    return response.end(JSON.stringify(await judge(request.url, JSON.parse(body))));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
