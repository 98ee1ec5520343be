// The one place where text becomes elements. It only ever gets what the server's escaping writer made; the
// Content-Security-Policy names this policy and forbids every other way.
const policy = globalThis.trustedTypes
    ? globalThis.trustedTypes.createPolicy("calyx", { createHTML: (html) => html })
    : { createHTML: (html) => html };

/** Elements of `html`, which is a fragment that the server wrote. */
export function fragment(html) {
    const template = document.createElement("template");
    template.innerHTML = policy.createHTML(html);
    return template.content;
}

/** The document that the server wrote. */
export function parsedDocument(html) {
    return new DOMParser().parseFromString(policy.createHTML(html), "text/html");
}
