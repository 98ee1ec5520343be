enum OpenAPIDocument {
    static var response: APIResponse { .refusal(404, "no") }
}
