// An OpenID provider for tests: the package `emulate`, which plays Google's, with keys and signatures of its own.
//
//   node oidc.mjs            prints {"port": N} and serves until its stdin closes
//
// Its people are PEOPLE; GET /o/oauth2/v2/auth shows a form for each, which signs in as them.
import http from 'node:http'
import { createEmulator } from 'emulate'

const PEOPLE = [
  { email: 'lin@example.com', name: 'Lin' },
  { email: 'mei@example.com', name: 'Mei' },
  { email: 'guest@elsewhere.example', name: 'Guest' },
  { email: 'unverified@example.com', name: 'Unverified', email_verified: false },
]
const CLIENT = {
  client_id: 'shouwen',
  client_secret: 'a secret of the client',
  name: 'Shouwen',
  redirect_uris: ['http://localhost:8080/console/sign-in/oidc'],
}

// The emulator has to know its own address, so a free port is looked for first.
const probe = http.createServer()
await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
const { port } = probe.address()
await new Promise((resolve) => probe.close(resolve))

const baseUrl = `http://127.0.0.1:${port}`
const google = { users: PEOPLE, oauth_clients: [CLIENT] }
await createEmulator({ service: 'google', port, baseUrl, seed: { google } })
console.log(JSON.stringify({ port }))
process.stdin.on('end', () => process.exit(0)).resume()
