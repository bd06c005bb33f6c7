// Would Alipay's gateway believe our requests, and do we believe what it signs? Judged by Alipay's own alipay-sdk: it
// verifies our forms, and everything that is signed here is held against it before it is sent.
// Keys come as one JSON line; prints its address. /judge/* are a test's levers, /gateway.do is the API.
import { createSign, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { deflateRawSync, crc32 } from "node:zlib";
import { AlipaySdk } from "alipay-sdk";

const line = await new Promise((heard) => createInterface({ input: process.stdin }).once("line", heard));
const { appId, sellerId, appPublicKey, appPrivateKey, alipayPrivateKey, alipayPublicKey, strangerKey } = JSON.parse(line);
const bare = (pem) => pem.replace(/-----[^-]+-----|\s/g, "");
const ours = { appId, privateKey: appPrivateKey, keyType: "PKCS8" };
const gateway = new AlipaySdk({ ...ours, alipayPublicKey: bare(appPublicKey) }); // verifies what the app signed
const app = new AlipaySdk({ ...ours, alipayPublicKey: bare(alipayPublicKey) }); // verifies what Alipay signs
const payments = new Map();
const refunds = new Map();
const files = new Map();
let [lie, address] = ["", ""];

const beijing = (at) => new Date(at.getTime() + 28_800_000).toISOString().slice(0, 19).replace("T", " ");
const seal = (text, key = alipayPrivateKey) => createSign("RSA-SHA256").update(text, "utf8").sign(key, "base64");

function answer(response, method, said) {
  const told = lie;
  lie = "";
  if (told === "drop") return response.destroy();
  const name = `${method.replaceAll(".", "_")}_response`;
  let object = JSON.stringify(said);
  const sign = seal(object, told === "stranger" ? strangerKey : alipayPrivateKey);
  if (told === "") app.checkResponseSign(`{"${name}":${object},"sign":"${sign}"}`, name, sign, "judge");
  if (told === "otherBody") object = object.replace('"code"', ' "code"');
  const told_error = `{"error_response":${object}}`;
  const whole = told === "unsigned" ? `{"${name}":${object}}` : `{"${name}":${object},"sign":"${sign}"}`;
  response.writeHead(told === "broken" ? 502 : 200, { "Content-Type": "text/html;charset=utf-8" });
  return response.end(told === "error" ? told_error : whole);
}

const done = (said) => ({ code: "10000", msg: "Success", ...said });
const refused = (sub_code, code = "40004") => ({ code, msg: "Business Failed", sub_code, sub_msg: sub_code });

function begin({ out_trade_no, total_amount, subject, time_expire }, notify_url) {
  const known = payments.get(out_trade_no);
  if (!/^\d+\.\d\d$/.test(total_amount) || !subject || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time_expire) || !notify_url)
    return refused("ACQ.INVALID_PARAMETER");
  if (known?.paidAt) return refused("ACQ.TRADE_HAS_SUCCESS");
  if (known && known.total_amount !== total_amount) return refused("ACQ.CONTEXT_INCONSISTENT");
  const trade_no = `2026${randomUUID().replace(/\D/g, "")}`;
  payments.set(out_trade_no, { out_trade_no, total_amount, subject, notify_url, trade_no, state: "WAIT_BUYER_PAY" });
  return null;
}

function query({ out_trade_no }) {
  const payment = payments.get(out_trade_no);
  if (!payment) return refused("ACQ.TRADE_NOT_EXIST");
  const { trade_no, total_amount, state, paidAt } = payment;
  const said = done({ out_trade_no, trade_no, trade_status: state, total_amount, buyer_logon_id: "a{b***@judge.test" });
  return paidAt ? { ...said, send_pay_date: beijing(paidAt) } : said;
}

function close({ out_trade_no }) {
  const payment = payments.get(out_trade_no);
  if (!payment) return refused("ACQ.TRADE_NOT_EXIST");
  if (payment.state !== "WAIT_BUYER_PAY") return refused("ACQ.REASON_TRADE_STATUS_INVALID");
  payment.state = "TRADE_CLOSED";
  return done({ out_trade_no, trade_no: payment.trade_no });
}

const givenBack = (reference) =>
  [...refunds.values()].filter((each) => each.out_trade_no === reference).reduce((sum, each) => sum + Number(each.refund_amount), 0);

function refund({ out_trade_no, out_request_no, refund_amount }) {
  const payment = payments.get(out_trade_no);
  if (!payment?.paidAt) return refused("ACQ.TRADE_NOT_EXIST");
  const [known, key] = [refunds.has(`${out_trade_no} ${out_request_no}`), `${out_trade_no} ${out_request_no}`];
  if (!known && givenBack(out_trade_no) + Number(refund_amount) > Number(payment.total_amount))
    return refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
  if (!known && refund_amount === "0.01") return refused("ACQ.SELLER_BALANCE_NOT_ENOUGH");
  if (!known && refund_amount === "0.02") return refused("ACQ.SYSTEM_ERROR");
  if (!known) refunds.set(key, { out_trade_no, out_request_no, refund_amount, doneAt: new Date() });
  if (givenBack(out_trade_no) === Number(payment.total_amount)) payment.state = "TRADE_CLOSED";
  const refund_fee = givenBack(out_trade_no).toFixed(2);
  return done({ out_trade_no, trade_no: payment.trade_no, fund_change: known ? "N" : "Y", refund_fee });
}

function refundQuery({ out_trade_no, out_request_no }) {
  if (!payments.has(out_trade_no)) return refused("ACQ.TRADE_NOT_EXIST");
  const known = refunds.get(`${out_trade_no} ${out_request_no}`);
  if (!known) return done({});
  const { refund_amount, doneAt } = known;
  const at = { refund_status: "REFUND_SUCCESS", gmt_refund_pay: beijing(doneAt) };
  return done({ out_trade_no, out_request_no, refund_amount, total_amount: payments.get(out_trade_no).total_amount, ...at });
}

// Node reads GBK and does not write it.
const encodeGbk = (text) => Buffer.concat([...text].map((letter) => GBK.get(letter) || Buffer.from(letter)));
const GBK = new Map();
for (let high = 0x81; high <= 0xfe; high++)
  for (let low = 0x40; low <= 0xfe; low++) {
    const letter = new TextDecoder("gbk").decode(Uint8Array.of(high, low));
    if (letter.length === 1 && letter !== "\ufffd") GBK.set(letter, Buffer.of(high, low));
  }

function zip(entries) {
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [name, body] of entries) {
    const [packed, title, head] = [deflateRawSync(body), encodeGbk(name), Buffer.alloc(26)];
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(crc32(body), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(body.length, 18);
    head.writeUInt16LE(title.length, 22);
    parts.push(Buffer.from("PK\x03\x04"), head, title, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), head, tail, title);
    offset += 4 + 26 + title.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, listed, Buffer.from("PK\x05\x06"), end]);
}

const HEAD =
  "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）," +
  "集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";

function row(payment, refund) {
  const amount = refund ? `-${refund.refund_amount}` : payment.total_amount;
  const at = beijing(refund ? refund.doneAt : payment.paidAt);
  const values = [payment.trade_no, payment.out_trade_no, refund ? "退款" : "交易", payment.subject, at, at, "", "", "", ""];
  values.push("*买家(b***@judge.test)", amount, amount, "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00");
  values.push(refund?.out_request_no || "", "0.00", "0.00", payment.subject);
  return values.map((value) => `${value}\t`).join(",");
}

function bill({ bill_type, bill_date }) {
  const paid = [...payments.values()].filter((payment) => payment.paidAt);
  if (bill_type !== "trade" || !paid.length) return refused("isp.bill_not_exist");
  const back = [...refunds.values()].map((each) => row(payments.get(each.out_trade_no), each));
  const details = [
    "#支付宝业务明细查询",
    `#账号：[${sellerId}0156]`,
    "#-----------------------------------------业务明细列表----------------------------------------",
    HEAD,
    ...paid.map((payment) => row(payment)),
    ...back,
    "#-----------------------------------------业务明细列表结束------------------------------------",
    `#交易合计：${paid.length}笔，商家实收共0.00元，商家优惠共0.00元`,
    `#退款合计：${back.length}笔，商家实收退款共0.00元，商家优惠退款共0.00元`,
  ];
  const sums = ["#支付宝业务汇总查询", "门店编号,门店名称,交易订单总笔数,退款订单总笔数", "\t,\t,1\t,0\t"];
  const day = bill_date.replaceAll("-", "");
  const token = randomUUID();
  files.set(token, zip([
    [`${sellerId}0156_${day}_业务明细(汇总).csv`, encodeGbk(`${sums.join("\r\n")}\r\n`)],
    [`${sellerId}0156_${day}_业务明细.csv`, encodeGbk(`${details.join("\r\n")}\r\n`)],
  ]));
  return done({ bill_download_url: `${address}/downloadBillFile.resource?token=${token}` });
}

const METHODS = {
  "alipay.trade.query": query,
  "alipay.trade.close": close,
  "alipay.trade.refund": refund,
  "alipay.trade.fastpay.refund.query": refundQuery,
  "alipay.data.dataservice.bill.downloadurl.query": bill,
};

function serve(url, response, body) {
  const form = Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
  const now = Date.now() + 28_800_000;
  const late = Math.abs(Date.parse(`${form.timestamp?.replace(" ", "T")}Z`) - now) > 300_000;
  const believed = form.sign_type === "RSA2" && form.charset === "utf-8" && form.app_id === appId && !late;
  if (!believed || !gateway.checkNotifySign(form, true))
    return answer(response, form.method, refused("isv.invalid-signature", "40002"));
  const content = JSON.parse(form.biz_content);
  if (form.method === "alipay.trade.precreate") {
    const no = begin(content, form.notify_url);
    const { out_trade_no } = content;
    return answer(response, form.method, no || done({ out_trade_no, qr_code: `https://qr.alipay.com/${out_trade_no}` }));
  }
  if (["alipay.trade.wap.pay", "alipay.trade.app.pay"].includes(form.method)) {
    const no = begin(content, form.notify_url);
    return response.end(JSON.stringify(no || { opened: content.out_trade_no, product: content.product_code }));
  }
  return answer(response, form.method, METHODS[form.method](content));
}

function notice({ reference, refund, told, fields }) {
  const payment = payments.get(reference);
  const age = told === "old" ? 600_000 : told === "early" ? -600_000 : 0;
  const form = {
    app_id: appId,
    auth_app_id: appId,
    buyer_id: "2088102169481075",
    charset: "utf-8",
    gmt_create: beijing(new Date()),
    notify_id: randomUUID().replaceAll("-", ""),
    notify_time: beijing(new Date(Date.now() - age)),
    notify_type: "trade_status_sync",
    out_trade_no: reference,
    point_amount: "0.00",
    fund_bill_list: `[{"amount":"${payment.total_amount}","fundChannel":"ALIPAYACCOUNT"}]`,
    seller_id: sellerId,
    subject: payment.subject,
    total_amount: payment.total_amount,
    trade_no: payment.trade_no,
    trade_status: payment.state,
    version: "1.0",
    body: "",
    ...(payment.paidAt && { gmt_payment: beijing(payment.paidAt) }),
    ...(refund && { gmt_refund: beijing(new Date()), refund_fee: givenBack(reference).toFixed(2), out_biz_no: refund }),
    ...fields,
  };
  const text = Object.keys(form).sort().map((name) => `${name}=${form[name]}`).join("&");
  const whole = { ...form, sign_type: "RSA2", sign: seal(text, told === "stranger" ? strangerKey : alipayPrivateKey) };
  if (told !== "stranger" && !app.checkNotifySignV2(whole)) throw new Error("its own SDK does not believe the judge");
  const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
  return { url: payment.notify_url, headers, body: new URLSearchParams(whole).toString() };
}

async function judge(path, said) {
  if (path === "/judge/pay") {
    const payment = payments.get(said.reference);
    if (payment?.state !== "WAIT_BUYER_PAY") return { paid: false };
    Object.assign(payment, { state: "TRADE_SUCCESS", paidAt: new Date() });
    return { paid: true };
  }
  if (path === "/judge/lie") return { lie: (lie = said.lie) };
  if (path === "/judge/notice") return notice(said);
  if (path === "/judge/tell") {
    const { url, headers, body } = notice(said);
    const heard = await fetch(url, { method: "POST", headers, body });
    return { status: heard.status, body: await heard.text() };
  }
  throw new Error(path);
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", async () => {
    const url = new URL(request.url, address);
    const body = Buffer.concat(pieces).toString();
    if (url.pathname.startsWith("/judge/")) return response.end(JSON.stringify(await judge(url.pathname, JSON.parse(body))));
    if (url.pathname === "/downloadBillFile.resource") return response.end(files.get(url.searchParams.get("token")));
    return serve(url, response, body);
  });
});
server.listen(0, "127.0.0.1", () => {
  address = `http://127.0.0.1:${server.address().port}`;
  console.log(address);
});
