// node check.mjs FOLDER: judges every request and every update that the tests
// recorded in the .jsonl files of FOLDER, and prints one verdict as JSON.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request, update, size } from './schema.mjs'

// A judge that never refuses is none: these are wrong, and must be called so.
const text = { chat_id: '41', text: 'hoi' }
const from = { id: 41, is_bot: false, first_name: 'Anna' }
const chat = { id: 41, type: 'private', first_name: 'Anna' }
const tap = { id: '1', from, chat_instance: '7', data: 'x', message: { message_id: 1, date: 1, chat, text: 'hoi' } }
const planted = {
	'a method that is none': request({ method: 'sendMassage', params: text }),
	'a field that is none': request({ method: 'sendMessage', params: { ...text, replymarkup: '{}' } }),
	'a keyboard that is null': request({ method: 'sendMessage', params: { ...text, reply_markup: '{"inline_keyboard":null}' } }),
	'80 bytes behind a button': request({
		method: 'sendMessage',
		params: { ...text, reply_markup: JSON.stringify({ inline_keyboard: [[{ text: 'Ja', callback_data: 'x'.repeat(80) }]] }) },
	}),
	'5000 characters': request({ method: 'sendMessage', params: { ...text, text: 'x'.repeat(5000) } }),
	'a number that is none': request({ method: 'getUpdates', params: { offset: 'een' } }),
	'a chat that is missing': request({ method: 'sendMessage', params: { text: 'hoi' } }),
	'a tap without its chat': update({ update_id: 1, callback_query: { ...tap, chat_instance: undefined } }),
	'a misspelt field': update({ update_id: 1, message: { message_id: 1, date: 1, chat, from, txt: 'hoi' } }),
	'an update about nothing': update({ update_id: 1 }),
}
const right = {
	'a message': request({ method: 'sendMessage', params: { ...text, reply_markup: '{"inline_keyboard":[[{"text":"Ja","callback_data":"x"}]]}' } }),
	'a poll': request({ method: 'getupdates', params: { offset: '-1', allowed_updates: '["message"]' } }),
	'a tap': update({ update_id: 1, callback_query: tap }),
}
const verdict = { ...size, files: 0, requests: 0, updates: 0, byHand: 0, byHandWrong: 0, kinds: {}, wrong: [] }
for (const [what, fault] of Object.entries(planted)) if (!fault) verdict.wrong.push(`planted, and not found: ${what}`)
for (const [what, fault] of Object.entries(right)) if (fault) verdict.wrong.push(`right, and refused: ${what}: ${fault}`)

for (const file of readdirSync(process.argv[2]).filter((name) => name.endsWith('.jsonl')).sort()) {
	verdict.files++
	for (const line of readFileSync(join(process.argv[2], file), 'utf8').split('\n').filter(Boolean)) {
		const { request: asked, update: told, by_hand: byHand } = JSON.parse(line)
		const kind = asked ? asked.method : Object.keys(told).find((key) => key !== 'update_id')
		verdict.kinds[kind] = (verdict.kinds[kind] ?? 0) + 1
		const fault = asked ? request(asked) : update(told)
		if (asked) verdict.requests++
		else if (byHand) verdict.byHand++
		else verdict.updates++
		if (!fault) continue
		if (byHand) verdict.byHandWrong++
		else verdict.wrong.push(`${file}: ${fault}`)
	}
}
console.log(JSON.stringify(verdict))
