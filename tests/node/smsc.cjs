// What would a short message centre of another make (node-smpp) hear from our link, and how does the link take its oddities?
// Prints one JSON object a line; reads commands, one JSON object a line.
'use strict';
const readline = require('node:readline');
const smpp = require('smpp');

const VENDOR_STATUS = 0x0401;
let session = null;
let given = 0;
let refusals = [];
const joined = new Map();

const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

function receipt(pdu, id) {
  // An error code that is no number, and dates with seconds: both are met in the field.
  const words = `id:${id} sub:001 dlvrd:001 submit date:261121225000 done date:261121225001 stat:DELIVRD err:0A1 text:`;
  session.deliver_sm(
    { source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: words },
    (answer) => say({ receipt: id, status: answer.command_status }),
  );
}

function take(pdu) {
  if (refusals.length) return session.send(pdu.response({ command_status: refusals.shift() }));
  const id = `N${++given}`;
  session.send(pdu.response({ message_id: id }));
  const message = pdu.short_message;
  const header = message.udh && [].concat(message.udh)[0];
  const [reference, total, part] = header ? header.subarray(header.length - 3) : [0, 1, 1];
  const key = `${pdu.destination_addr}:${reference}`;
  const parts = joined.get(key) || {};
  parts[part] = message.message;
  joined.set(key, parts);
  if (Object.keys(parts).length === total) {
    joined.delete(key);
    const text = Array.from({ length: total }, (_, place) => parts[place + 1]).join('');
    say({ received: text, to: pdu.destination_addr, from: pdu.source_addr, parts: total, coding: pdu.data_coding });
  }
  if (pdu.registered_delivery & 1) receipt(pdu, id);
}

function text({ from, text: words, reference }) {
  const pieces = words.match(/[\s\S]{1,60}/gu);
  pieces.forEach((piece, place) => {
    const header = Buffer.from([6, 8, 4, reference >> 8, reference & 255, pieces.length, place + 1]);
    session.deliver_sm(
      {
        source_addr: from,
        destination_addr: '10086',
        data_coding: 8,
        esm_class: pieces.length > 1 ? 0x40 : 0,
        short_message: pieces.length > 1 ? { udh: header, message: piece } : { message: piece },
      },
      (answer) => say({ accepted: place + 1, status: answer.command_status }),
    );
  });
}

const server = smpp.createServer({}, (opened) => {
  opened.on('error', () => {});
  opened.on('bind_transceiver', (pdu) => {
    if (pdu.password !== 'onehall') {
      opened.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      return opened.close();
    }
    session = opened;
    opened.send(pdu.response({ system_id: 'NODE' }));
    say({ bound: pdu.system_id, version: pdu.interface_version });
  });
  opened.on('submit_sm', take);
  opened.on('enquire_link', (pdu) => opened.send(pdu.response()));
  opened.on('unbind', (pdu) => {
    opened.send(pdu.response());
    say({ unbound: true });
  });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line);
  if (command.refuse) refusals = command.refuse.map((name) => (name === 'vendor' ? VENDOR_STATUS : smpp[name]));
  if (command.text) text(command);
  if (command.drop) session.socket.destroy();
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
