// What time does the phone show? That of the operator, as in every text, wherever the browser is.
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const showTime = (instant) => CLOCK.format(instant);
