import type { createAsyncApi } from '../asyncapi.ts';
import { html, prose } from './html.ts';
import type { Section } from './page.ts';
import { type JsonSchema, renderMembers, type Schemas } from './schema.ts';

interface Channel {
  address: string;
  description: string;
  messages: Record<string, unknown>;
}
interface Message {
  title: string;
  contentType?: string;
  payload: JsonSchema;
}

/** The AsyncAPI document: each subject with its messages, for operators of the broker. */
export function eventSections(document: ReturnType<typeof createAsyncApi>): Section[] {
  const schemas = document.components.schemas as Schemas;
  const messages = document.components.messages as unknown as Record<string, Message>;
  const channels = Object.entries(document.channels as unknown as Record<string, Channel>);
  const introduction = html`<p>${document.info.description} The services use these
subjects among themselves, a user of the broker each;
partners meet <a href="/docs#webhooks">webhooks</a> in their place.</p>`;
  return [
    { id: 'about', title: 'About', body: introduction },
    ...channels.map(([name, { address, description, messages: ofChannel }]) => ({
      id: name,
      title: address,
      body: html`<p>${prose(description)}</p>${Object.keys(ofChannel).map((messageName) => {
        const { title, contentType, payload } = messages[messageName] as Message;
        return html`<h3 id="${name}-${messageName}">${messageName}</h3>
<p>${title}${
          contentType
            ? html`
<span class="soft">(${contentType})</span>`
            : null
        }</p>
${renderMembers(payload, schemas)}`;
      })}`,
    })),
  ];
}
