// The Bot API as closed JSON Schemas: made on the spot from the types that
// @gramio/types generates from Telegram's own documentation. Nothing in them was
// written by us.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGenerator } from 'ts-json-schema-generator'
import Ajv from 'ajv'

const types = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/@gramio/types/out')

function schemaOf(name) {
	const schema = createGenerator({
		path: join(types, `${name}.d.ts`),
		type: '*',
		skipTypeCheck: true,
		additionalProperties: false,
		functions: 'comment',
		jsDoc: 'extended',
	}).createSchema('*')
	return tighten(schema)
}

// The types let a program pass its own helper objects; the wire does not. And the
// prose of a field names limits that a TypeScript type cannot.
function tighten(node) {
	if (Array.isArray(node)) return node.map(tighten)
	if (node === null || typeof node !== 'object') return node
	const out = {}
	for (const [key, value] of Object.entries(node)) {
		out[key] = key === 'enum' || key === 'const' || key === 'required' ? value : tighten(value)
	}
	if (Array.isArray(out.anyOf)) {
		out.anyOf = out.anyOf.filter((one) => !one.properties || !Object.hasOwn(one.properties, 'toString') && !Object.hasOwn(one.properties, 'toJSON'))
	}
	const limit = typeof out.description === 'string' && /\b(\d+)-(\d+) (characters|bytes)\b/.exec(out.description)
	if (limit) out.measured = { least: Number(limit[1]), most: Number(limit[2]), unit: limit[3] }
	return out
}

const ajv = new Ajv({ strict: false, allErrors: false, coerceTypes: false })
ajv.addKeyword({
	keyword: 'measured',
	validate: function measured({ least, most, unit }, value) {
		if (typeof value !== 'string') return true
		// Telegram counts characters in UTF-16 code units, as JavaScript does.
		const size = unit === 'bytes' ? Buffer.byteLength(value) : value.length
		return size >= least && size <= most
	},
})

const params = schemaOf('params')
const objects = schemaOf('objects')
ajv.addSchema(params, 'params')
ajv.addSchema(objects, 'objects')

// Every method of the Bot API, by its name in lower case: Telegram does not mind.
const methods = new Map(
	[...readFileSync(join(types, 'methods.d.ts'), 'utf8').matchAll(/^ {4}(\w+): CallAPI/gm)].map(([, name]) => [name.toLowerCase(), name]),
)

const property = new Map()
function fits(definition, name, value) {
	const key = `${definition}/${name}`
	if (!property.has(key)) property.set(key, ajv.compile({ $ref: `params#/definitions/${definition}/properties/${name}` }))
	return property.get(key)(value)
}

const said = (validate) => ajv.errorsText(validate.errors, { separator: '; ' }).slice(0, 500)

// request returns what is wrong with a recorded request, or nothing. A form knows
// text only: whatever is text in JSON for its field is that, the rest is JSON.
export function request({ method, params: given = {}, files = [] }) {
	const name = methods.get(method.toLowerCase())
	if (!name) return `there is no method ${method}`
	const definition = name[0].toUpperCase() + name.slice(1) + 'Params'
	const known = params.definitions[definition]
	if (!known) return Object.keys(given).length + files.length === 0 ? undefined : `${name} takes no parameters`
	const body = {}
	for (const [field, text] of Object.entries(given)) {
		body[field] = text
		if (known.properties?.[field] && !fits(definition, field, text)) {
			try {
				body[field] = JSON.parse(text)
			} catch {
				// It stays text, and is refused as such.
			}
		}
	}
	for (const file of files) {
		if (known.properties?.[file]) body[file] = `attach://${file}`
		else if (!Object.values(given).some((text) => text.includes(`attach://${file}`))) return `${name}: nothing names the file ${file}`
	}
	const validate = ajv.getSchema(`params#/definitions/${definition}`)
	return validate(body) ? undefined : `${name}: ${said(validate)}`
}

// update returns what is wrong with an update, or nothing.
export function update(body) {
	const validate = ajv.getSchema('objects#/definitions/TelegramUpdate')
	if (!validate(body)) return said(validate)
	const kinds = Object.keys(body).filter((key) => key !== 'update_id')
	return kinds.length === 1 ? undefined : `an update of ${kinds.length} kinds`
}

export const size = { methods: methods.size, objects: Object.keys(objects.definitions).length }
