// node echo.mjs: a bot made with grammY, a client that was not written here. It
// answers at STRANGERS_URL with STRANGERS_TOKEN, until somebody sends /klaar; then
// it prints what it saw as JSON.

import { createHash } from 'node:crypto'
import { Bot, InlineKeyboard, InputFile } from 'grammy'

const { STRANGERS_URL: apiRoot, STRANGERS_TOKEN: token } = process.env
const bot = new Bot(token, { client: { apiRoot } })
const seen = { me: '', texts: [], taps: [], photos: [], voices: [], edits: [], blocked: 0, errors: [] }

const digest = async (ctx) => {
	const file = await ctx.getFile()
	const answer = await fetch(`${apiRoot}/file/bot${token}/${file.file_path}`)
	const bytes = Buffer.from(await answer.arrayBuffer())
	return { sum: createHash('sha256').update(bytes).digest('hex'), size: file.file_size, bytes }
}

bot.command('klaar', async (ctx) => {
	await ctx.reply('Dag!')
	// The offset of the next poll confirms this one; stop does that.
	void bot.stop().then(() => console.log(JSON.stringify(seen)))
})
bot.on('message:text', async (ctx) => {
	seen.texts.push(ctx.msg.text)
	await ctx.reply(`Je zei: ${ctx.msg.text}`, {
		reply_markup: new InlineKeyboard().text('Ja', 'ja').text('Nee', 'nee'),
		reply_parameters: { message_id: ctx.msg.message_id },
	})
})
bot.on('callback_query:data', async (ctx) => {
	seen.taps.push(ctx.callbackQuery.data)
	await ctx.answerCallbackQuery({ text: `Je koos ${ctx.callbackQuery.data}` })
	await ctx.editMessageText(`Gekozen: ${ctx.callbackQuery.data}`)
})
bot.on('message:photo', async (ctx) => {
	const { sum, size, bytes } = await digest(ctx)
	seen.photos.push({ sum, size, caption: ctx.msg.caption })
	await ctx.replyWithPhoto(new InputFile(bytes, 'terug.jpg'), { caption: 'Mooi!' })
})
bot.on('message:voice', async (ctx) => {
	const { sum, size } = await digest(ctx)
	seen.voices.push({ sum, size, seconds: ctx.msg.voice.duration })
	await ctx.replyWithVoice(ctx.msg.voice.file_id)
})
bot.on('edited_message:text', async (ctx) => {
	seen.edits.push(ctx.editedMessage.text)
})
bot.on('my_chat_member', async (ctx) => {
	if (ctx.myChatMember.new_chat_member.status === 'kicked') seen.blocked++
})
bot.catch((fault) => seen.errors.push(String(fault.error)))

await bot.init()
seen.me = bot.botInfo.username
await bot.start()
