/// Settings whose values are not shown, by their names (Celery hides the same ones, and a worker may be older).
enum SecretName {
    static func matches(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key", "signature"]
            .contains { name.contains($0) }
    }
}
