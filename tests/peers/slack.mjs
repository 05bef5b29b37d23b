// Slack for tests: the package `emulate`, with shims where it differs from Slack.
//
//   node slack.mjs [seed]    prints a line of JSON, see `introduce`, and serves until its stdin closes
//
// The seed is JSON like DEFAULTS; what it leaves out is as there. Tests steer by POST /control/…, see `control`;
// each begins with a reset, which makes a new workspace with new ids and tokens.
//
// Shims, each after https://docs.slack.dev/:
//   calls               may be GET or POST; answer with x-oauth-scopes; tokens that nobody was given are refused; an
//                       unknown method is an `unknown_method` (apis/web-api)
//   failures on demand  429 with Retry-After, 500, silence, or an error of Slack's (apis/web-api/rate-limits)
//   events              in their full envelope, signed; repeated up to three times with X-Slack-Retry-Num; only those
//                       that are subscribed to, and only from channels that the bot is in (apis/events-api); the first
//                       tries one after the other, so that tests know the order, which Slack does not promise
//   messages            of the bot name the bot; replies name whom they answer, and make their parent a thread; those
//                       shown in the channel too are a `thread_broadcast`; blocks have ids (reference/events/message)
//   chat.delete         admins may delete what others wrote; of a message with replies a tombstone stays, as found in
//                       practice: https://github.com/slack-edge/slack-edge/pull/10
//   not_in_channel      where the bot is no member (reference/methods/chat.postMessage)
//   history, replies    `oldest`, `latest`, `inclusive`, pages, `thread_not_found` (reference/methods)
//   users.info, .list   tell the locale when asked (reference/methods/users.info)
//   Socket Mode         apps.connections.open answers with the address of the test's own server
//   response_url        posts, replaces and deletes (interactivity/handling-user-interaction)
import { createHmac, randomBytes } from 'node:crypto'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEmulator } from 'emulate'
// Not among the package's exports; the file is named so in the version that package.json pins.
import { getSlackStore, slackPlugin } from './node_modules/emulate/dist/dist-ZRJCKV4U.js'

const words = (text) => text.trim().split(/\s+/)

const DEFAULTS = {
  users: [
    { name: 'lin', real_name: 'Lin', email: 'lin@example.com', locale: 'zh-CN' },
    { name: 'wei', real_name: 'Wei', email: 'wei@example.com', locale: 'en-US' },
    { name: 'zhang', real_name: 'Zhang', email: 'zhang@example.com', locale: 'zh-CN', is_admin: true },
    { name: 'guest', real_name: 'Guest', email: 'guest@elsewhere.example', locale: 'en-US' },
  ],
  // With everybody in them, and the bot. #general and #random there are anyway, without the bot.
  channels: [{ name: 'service' }, { name: 'care' }],
  scopes: words(`channels:history channels:join channels:read chat:write commands files:read files:write
    groups:history groups:read im:history im:read im:write reactions:read reactions:write users:read
    users:read.email`),
  events: words(`app_home_opened file_shared member_joined_channel member_left_channel message.channels
    message.groups message.im reaction_added reaction_removed`),
}
const PATIENCE = 3000 // ms, as Slack's
const REPEATS = [0, 100, 300] // ms before each; Slack waits for 0, 1 and 5 minutes
const JSON_ARGUMENTS = words('attachments blocks files metadata view')
const register = slackPlugin.register

let root
let current

// The workspace

async function createWorkspace(given) {
  const seed = { ...DEFAULTS, ...given }
  const workspace = { seed, calls: [], failures: [], sent: Promise.resolve() }
  slackPlugin.register = (app, store, webhooks, ...rest) => {
    Object.assign(workspace, { app, tables: getSlackStore(store) })
    webhooks.dispatch = async (_type, _action, { event }) => publish(workspace, event)
    register(app, store, webhooks, ...rest)
  }
  const app = { client_id: 'shouwen', client_secret: '-', name: 'Shouwen', redirect_uris: [] }
  const slack = { users: seed.users, channels: seed.channels, oauth_apps: [app], strict_scopes: true }
  const emulator = await createEmulator({ service: 'slack', port: 0, baseUrl: root, seed: { slack } })
  await emulator.close() // we call it in this process, not over a port
  workspace.facts = introduce(workspace)
  return workspace
}

function introduce({ seed, tables }) {
  const [{ team_id }] = tables.teams.all()
  const [{ bot_id, app_id, user_id: bot_user_id }] = tables.bots.all()
  const people = tables.users.all().filter((user) => !user.is_bot)
  const channels = tables.channels.all()
  const issue = (kind, fields) => {
    const token = secret(kind)
    tables.tokens.insert({ token, token_type: kind, team_id, app_id, ...fields })
    return token
  }
  for (const { name } of seed.channels) {
    const channel = channels.find((each) => each.name === name)
    tables.channels.update(channel.id, { members: [...channel.members, bot_user_id] })
  }
  for (const { name, locale } of seed.users) {
    tables.users.update(people.find((each) => each.name === name).id, { locale })
  }
  const issueTo = (user_id) => issue('xoxp', { user_id, scopes: DEFAULTS.scopes })
  return {
    port: front.address().port,
    api_url: `${root}/api/`,
    token: issue('xoxb', { user_id: bot_user_id, bot_id, scopes: seed.scopes }),
    app_token: secret('xapp'),
    signing_secret: secret('signing'),
    team_id,
    app_id,
    bot_id,
    bot_user_id,
    channels: Object.fromEntries(channels.map((each) => [each.name, each.channel_id])),
    users: Object.fromEntries(people.map((each) => [each.name, each.user_id])),
    user_tokens: Object.fromEntries(people.map(({ user_id }) => [user_id, issueTo(user_id)])),
  }
}

function secret(kind) {
  return `${kind}-${randomBytes(12).toString('hex')}`
}

// Calls

async function take(call, response) {
  const { workspace, method, args, token } = call
  const isOurs = !token?.startsWith('xoxp-') // not a user's of the test
  const entry = { method, arguments: args, at: Date.now() / 1000, status: null }
  if (isOurs) workspace.calls.push(entry)
  const failure = isOurs && nextFailure(workspace, method, args)
  const result = failure && !failure.performed ? null : await perform(call)
  const [status, headers, body] = failure ? failed(failure) : [200, {}, result]
  if (status === 'hang') return
  entry.status = status
  if (call.owner) headers['x-oauth-scopes'] = call.owner.scopes.join(',')
  answer(response, status, body, headers)
}

function nextFailure({ failures }, method, args) {
  const fits = (wanted, value) => wanted === null || wanted === value
  const found = failures.find(
    (each) => each.times > 0 && fits(each.method, method) && fits(each.channel, args.channel),
  )
  if (found) found.times--
  return found
}

function failed({ status, retry_after }) {
  if (status === 'hang') return ['hang', {}]
  if (status === 429) return [429, { 'retry-after': String(retry_after) }, refuse('ratelimited')]
  if (typeof status === 'string') return [200, {}, refuse(status)]
  return [status, { 'content-type': 'text/html' }, '<h1>Something went wrong</h1>']
}

async function perform(call) {
  const { workspace, method, token, owner } = call
  if (!token) return refuse('not_authed')
  if (method === 'apps.connections.open') return openConnection(workspace, token)
  if (!owner) return refuse('invalid_auth')
  return method in SHIMS ? SHIMS[method](call) : emulate(call)
}

async function emulate({ workspace, method, args, token }) {
  const response = await workspace.app.fetch(
    new Request(`${root}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    }),
  )
  return response.status === 404 ? { ...refuse('unknown_method'), req_method: method } : response.json()
}

function openConnection({ facts, socketUrl }, token) {
  if (token === facts.token) return refuse('not_allowed_token_type')
  if (token !== facts.app_token) return refuse('invalid_auth')
  return socketUrl ? { ok: true, url: socketUrl } : refuse('internal_error')
}

const SHIMS = {
  'chat.postMessage': (call) => post(call, call.owner.scopes.includes('chat:write.public')),
  'chat.postEphemeral': (call) => post(call),
  'chat.update': (call) => emulate({ ...call, args: withIds(call.args) }),

  'chat.delete'(call) {
    const { workspace, args, owner } = call
    const { tables } = workspace
    const isAdmin = tables.users.findOneBy('user_id', owner.user_id).is_admin
    const author = tables.tokens.findOneBy('user_id', findMessage(tables, args.channel, args.ts)?.user)
    return emulate(isAdmin && author ? { ...call, token: author.token } : call)
  },

  'conversations.history': (call) => read(call, (messages) => messages),
  'conversations.replies': (call) => read(call, ([parent, ...replies]) => replies, 'thread_not_found'),

  'users.info': async (call) => {
    const result = await emulate(call)
    return result.ok ? { ...result, user: withLocale(call, result.user) } : result
  },
  'users.list': async (call) => {
    const result = await emulate(call)
    return result.ok ? { ...result, members: result.members.map((user) => withLocale(call, user)) } : result
  },
}
for (const method of words('views.open views.push views.publish views.update')) {
  SHIMS[method] = (call) => emulate({ ...call, args: { ...call.args, view: withIds(call.args.view) } })
}

function post(call, anywhere = false) {
  const { workspace, args, owner } = call
  if (!anywhere && isOutside(workspace, owner, args.channel)) return refuse('not_in_channel')
  const { bot_id, app_id } = owner
  return emulate({ ...call, args: { ...withIds(args), ...(bot_id ? { bot_id, app_id } : {}) } })
}

async function read(call, select, errorIfNone = null) {
  const { workspace, args, owner } = call
  if (isOutside(workspace, owner, args.channel)) return refuse('not_in_channel')
  const result = await emulate({ ...call, args: { ...args, cursor: '', limit: 1000 } })
  if (!result.ok) return result
  if (errorIfNone && !result.messages.length) return refuse(errorIfNone)
  const among = select(result.messages)
  const always = result.messages.filter((message) => !among.includes(message)) // on every page
  const { oldest = 0, latest = Infinity, cursor, limit } = args
  const edges = isTrue(args.inclusive) ? [Number(oldest), Number(latest)] : []
  const wanted = among.filter(
    ({ ts }) => (Number(ts) > Number(oldest) && Number(ts) < Number(latest)) || edges.includes(Number(ts)),
  )
  const start = cursor ? wanted.findIndex(({ ts }) => `next:${ts}` === atob(cursor)) : 0
  if (start < 0) return refuse('invalid_cursor')
  const end = start + (Number(limit) || 100)
  const next = wanted[end] ? btoa(`next:${wanted[end].ts}`) : ''
  const messages = [...always, ...wanted.slice(start, end)]
  return { ok: true, messages, has_more: Boolean(next), response_metadata: { next_cursor: next } }
}

function isOutside({ tables }, owner, channelId) {
  const channel = tables.channels.findOneBy('channel_id', channelId)
  return Boolean(owner.bot_id && channel && !channel.members.includes(owner.user_id))
}

function withLocale({ workspace, args }, user) {
  if (!isTrue(args.include_locale)) return user
  return { ...user, locale: workspace.tables.users.findOneBy('user_id', user.id).locale ?? 'en-US' }
}

function withIds(holder) {
  if (!Array.isArray(holder?.blocks)) return holder
  const named = (part) => (part?.type && !part.action_id ? { ...part, action_id: shortId() } : part)
  const blocks = holder.blocks.map((block) => ({
    ...block,
    block_id: block.block_id ?? shortId(),
    ...(block.type === 'actions' ? { elements: block.elements?.map(named) } : {}),
    ...(block.accessory ? { accessory: named(block.accessory) } : {}),
    ...(block.element ? { element: named(block.element) } : {}),
  }))
  return { ...holder, blocks }
}

function shortId() {
  return randomBytes(4).toString('base64url')
}

function isTrue(value) {
  return [true, 1, '1', 'true'].includes(value)
}

function refuse(error) {
  return { ok: false, error }
}

function findMessage(tables, channelId, ts) {
  return tables.messages.findBy('ts', ts).find((message) => message.channel_id === channelId)
}

// Events

function publish(workspace, event) {
  const { tables, facts, seed } = workspace
  const channelId = event.channel_id ?? event.item?.channel ?? event.channel?.id ?? event.channel
  const channel = tables.channels.findOneBy('channel_id', channelId)
  const full = { event_ts: event.ts ?? (Date.now() / 1000).toFixed(6), ...event }
  let name = event.type
  if (event.type === 'message') {
    name = `message.${channel.is_im ? 'im' : channel.is_private ? 'groups' : 'channels'}`
    full.channel_type = { 'message.im': 'im', 'message.groups': 'group', 'message.channels': 'channel' }[name]
    full.team = facts.team_id
    settle(tables, full)
  }
  if (event.item) full.item_user = findMessage(tables, channelId, event.item.ts)?.user
  if (channel && !channel.members.includes(facts.bot_user_id)) return
  if (!workspace.eventsUrl || !seed.events.includes(name)) return
  const body = JSON.stringify(envelope(facts, full))
  workspace.sent = workspace.sent.then(async () => {
    const reason = await deliver(workspace, body, {})
    if (reason) repeat(workspace, body, reason) // what follows does not wait for it
  })
}

// What a message, or the end of one, does to its thread; and what the event is to say of it.
function settle(tables, event) {
  if (event.subtype === 'message_deleted') {
    const { ts, thread_ts, reply_count } = event.previous_message
    if (reply_count) bury(tables, event)
    const parent = thread_ts && thread_ts !== ts && findMessage(tables, event.channel, thread_ts)
    if (parent) tables.messages.update(parent.id, { reply_count: parent.reply_count - 1 })
  } else if (event.thread_ts && event.thread_ts !== event.ts) {
    const parent = findMessage(tables, event.channel, event.thread_ts)
    if (parent) {
      tables.messages.update(parent.id, { thread_ts: parent.ts })
      event.parent_user_id = parent.user
    }
    if (event.reply_broadcast && !event.subtype) {
      event.subtype = 'thread_broadcast'
      tables.messages.update(findMessage(tables, event.channel, event.ts).id, { subtype: event.subtype })
    }
  }
}

function bury(tables, event) {
  const { ts, reply_count, reply_users } = event.previous_message
  const text = 'This message was deleted.'
  const thread = { ts, thread_ts: ts, reply_count, reply_users }
  const stone = { type: 'message', subtype: 'tombstone', user: 'USLACKBOT', text, ...thread }
  tables.messages.insert({ ...stone, channel_id: event.channel, reactions: [] })
  delete event.deleted_ts
  Object.assign(event, { subtype: 'message_changed', message: { ...stone, hidden: true } })
}

function envelope({ team_id, app_id, bot_user_id }, event) {
  const bot = { enterprise_id: null, team_id, user_id: bot_user_id, is_bot: true, is_enterprise_install: false }
  return {
    token: 'deprecated',
    team_id,
    api_app_id: app_id,
    event,
    type: 'event_callback',
    event_id: `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [bot],
    is_ext_shared_channel: false,
    event_context: shortId(),
  }
}

async function repeat(workspace, body, firstReason) {
  let reason = firstReason
  for (const [index, wait] of REPEATS.entries()) {
    await sleep(wait)
    const again = { 'x-slack-retry-num': String(index + 1), 'x-slack-retry-reason': reason }
    reason = await deliver(workspace, body, again)
    if (!reason) return
  }
}

// Null, or why it was not taken. Who says so, or listens no more, gets no repeats.
async function deliver({ eventsUrl, facts }, body, more) {
  if (!eventsUrl) return null
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', facts.signing_secret).update(`v0:${timestamp}:${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
    ...more,
  }
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const response = await fetch(eventsUrl, { method: 'POST', headers, body, signal })
    await response.arrayBuffer()
    return response.ok || response.headers.get('x-slack-no-retry') === '1' ? null : 'http_error'
  } catch (error) {
    return error.name === 'TimeoutError' ? 'http_timeout' : 'connection_failed'
  }
}

// A response_url ends with whose it is: user, channel and message_ts as JSON in base64url.
async function respond(workspace, code, args) {
  const { user, channel, message_ts: ts } = JSON.parse(Buffer.from(code, 'base64url'))
  const { tables, facts } = workspace
  workspace.calls.push({ method: 'response_url', arguments: args, at: Date.now() / 1000, status: 200 })
  const whisper = tables.ephemeralMessages.findOneBy('ts', ts)
  if (whisper && args.delete_original) return tables.ephemeralMessages.delete(whisper.id)
  if (whisper && args.replace_original) return tables.ephemeralMessages.update(whisper.id, args)
  const method = responseMethod(args)
  const owner = tables.tokens.findOneBy('token', facts.token)
  return perform({ workspace, method, args: { ...args, user, channel, ts }, token: facts.token, owner })
}

function responseMethod({ delete_original, replace_original, response_type }) {
  if (delete_original) return 'chat.delete'
  if (replace_original) return 'chat.update'
  return response_type === 'in_channel' ? 'chat.postMessage' : 'chat.postEphemeral'
}

// What tests steer by

const control = {
  async reset(seed) {
    current.eventsUrl = null
    current = await createWorkspace(seed)
    return current.facts
  },
  events: ({ url }) => void (current.eventsUrl = url),
  socket: ({ url }) => void (current.socketUrl = url),
  fail: (failure) => void current.failures.push(failure),
  calls: () => current.calls,
  ephemerals: () => current.tables.ephemeralMessages.all().map(asSeen),
  views: () => current.tables.views.all().map((view) => ({ ...view, id: view.view_id, user: view.user_id })),
}

function asSeen({ channel_id: channel, target_user: user, ts, thread_ts, text, blocks }) {
  return { channel, user, ts, thread_ts, text, blocks }
}

// HTTP

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function parse(request, url, body) {
  const isJson = request.headers['content-type']?.startsWith('application/json')
  const form = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body.toString()))
  const args = { ...Object.fromEntries(url.searchParams), ...form }
  for (const name of JSON_ARGUMENTS.filter((each) => typeof args[each] === 'string')) {
    try {
      args[name] = JSON.parse(args[name])
    } catch {
      // Left as it is: the emulator refuses it.
    }
  }
  return args
}

function answer(response, status, body, headers = {}) {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(isText ? body : JSON.stringify(body ?? null))
}

async function forward(workspace, request, body, owner, response) {
  const { 'content-type': type = 'application/octet-stream' } = request.headers
  const headers = { 'content-type': type, ...(owner ? { authorization: `Bearer ${owner.token}` } : {}) }
  const content = request.method === 'POST' ? { body } : {}
  const result = await workspace.app.fetch(
    new Request(root + request.url, { method: request.method, headers, ...content }),
  )
  response.writeHead(result.status, Object.fromEntries(result.headers))
  response.end(Buffer.from(await result.arrayBuffer()))
}

async function serve(request, response) {
  const workspace = current
  const url = new URL(request.url, root)
  const [, door, rest] = url.pathname.match(/^\/([^/]+)\/(.*)$/) ?? []
  const body = await readBody(request)
  const bearer = request.headers.authorization?.replace(/^Bearer /, '')
  if (door === 'control') return answer(response, 200, await control[rest](JSON.parse(body)))
  if (door === 'respond') {
    await respond(workspace, rest, parse(request, url, body))
    return answer(response, 200, 'ok', { 'content-type': 'text/plain' })
  }
  if (door === 'api') {
    const { token = bearer, ...args } = parse(request, url, body)
    const owner = workspace.tables.tokens.findOneBy('token', token)
    return take({ workspace, method: rest, args, token, owner }, response)
  }
  return forward(workspace, request, body, workspace.tables.tokens.findOneBy('token', bearer), response)
}

const front = http.createServer((request, response) => {
  serve(request, response).catch((error) => {
    console.error(error)
    answer(response, 500, String(error), { 'content-type': 'text/plain' })
  })
})

front.listen(0, '127.0.0.1', async () => {
  root = `http://127.0.0.1:${front.address().port}`
  current = await createWorkspace(JSON.parse(process.argv[2] ?? '{}'))
  console.log(JSON.stringify(current.facts))
})
process.stdin.on('end', () => process.exit(0)).resume()
