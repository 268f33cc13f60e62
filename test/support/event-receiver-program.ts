// Started by event-receiver-process.ts: port, and the file for what is accepted.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { verifySignature, WEBHOOK_SECRET } from './event-receiver.ts';

const [port, file] = process.argv.slice(2);

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const signature = String(request.headers['couponrush-signature']);
    if (!verifySignature(body, signature, WEBHOOK_SECRET, Date.now())) return void response.writeHead(403).end();
    const { events } = JSON.parse(body) as { events: object[] };
    appendFileSync(file as string, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    response.end();
  });
}).listen(Number(port), '127.0.0.1', () => console.log('listens'));
