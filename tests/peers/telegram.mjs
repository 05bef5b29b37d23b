// A Bot API server for tests: telegram-test-api, with shims where it differs from Telegram.
//
//   node telegram.mjs        prints {"port": N} and serves until its stdin closes
//
// Shims, each after https://core.telegram.org/bots/api:
//   getMe               answers `is_bot`, and the id that the token begins with
//   getUpdates          keeps updates until an offset confirms them; waits up to `timeout` for the first
//   callback queries    carry `chat_instance`
//   webhook calls       carry the secret token, go out in order, and are repeated until answered with 200 or removed
//   sendMessage         refuses texts above 4096 UTF-16 units and button actions above 64 bytes
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { TelegramServer } from 'telegram-test-api/lib/telegramServer.js'

const WEBHOOK_TRIES = 50
const server = new TelegramServer({ host: '127.0.0.1', storeTimeout: 3600 })

const format = TelegramServer.formatUpdate
TelegramServer.formatUpdate = (update) => {
  const formatted = format(update)
  if (formatted.callback_query) {
    formatted.callback_query.chat_instance = String(formatted.callback_query.message.chat.id)
  }
  return formatted
}

let webhookCalls = Promise.resolve()
server.addUserUpdate = async (update) => {
  server.updateId++
  if (server.webhooks[update.botToken]) {
    webhookCalls = webhookCalls.then(() => callWebhook(update))
  } else {
    server.storage.userMessages.push(update)
  }
}

async function callWebhook(update) {
  for (let tries = 0; tries < WEBHOOK_TRIES; tries++) {
    const webhook = server.webhooks[update.botToken]
    if (!webhook) {
      server.storage.userMessages.push(update) // removed meanwhile: getUpdates will find it
      return
    }
    try {
      const answer = await fetch(webhook.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': webhook.secret_token ?? '',
        },
        body: JSON.stringify(TelegramServer.formatUpdate(update)),
      })
      if (answer.ok) return
    } catch {
      // Not reachable: as Telegram does, try again.
    }
    await sleep(100)
  }
}

async function getUpdates(token, { offset = 0, limit = 100, timeout = 0 }) {
  const until = Date.now() + Number(timeout) * 1000
  const storage = server.storage
  storage.userMessages = storage.userMessages.filter(
    (update) => update.botToken !== token || update.updateId >= Number(offset),
  )
  for (;;) {
    const found = storage.userMessages.filter((update) => update.botToken === token).slice(0, Number(limit))
    if (found.length || Date.now() >= until) return found.map(TelegramServer.formatUpdate)
    await sleep(20)
  }
}

function refusal({ text = '', reply_markup }) {
  if (text.length === 0) return 'Bad Request: message text is empty'
  if (text.length > 4096) return 'Bad Request: message is too long'
  const rows = reply_markup ? JSON.parse(reply_markup).inline_keyboard : []
  const tooLong = rows.flat().some((button) => Buffer.byteLength(button.callback_data ?? '') > 64)
  return tooLong ? 'Bad Request: BUTTON_DATA_INVALID' : null
}

async function readForm(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

const front = http.createServer(async (request, response) => {
  const [, token, method] = request.url.match(/^\/bot([^/]+)\/(getMe|getUpdates|sendMessage)$/) ?? []
  if (!method) return server.webServer(request, response)
  const form = await readForm(request)
  if (method === 'getMe') {
    const me = { id: Number(token.split(':')[0]), is_bot: true, first_name: 'Test', username: 'TestNameBot' }
    return answer(response, 200, { ok: true, result: me })
  }
  if (method === 'getUpdates') {
    return answer(response, 200, { ok: true, result: await getUpdates(token, form) })
  }
  const description = refusal(form)
  if (description) return answer(response, 400, { ok: false, error_code: 400, description })
  Object.assign(request, { body: form, _body: true }) // already parsed
  server.webServer(request, response)
})

front.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: front.address().port })))
process.stdin.on('end', () => process.exit(0)).resume()
