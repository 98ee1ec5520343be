import CCurl

/// A URL in libcurl's form. The same handle is given to the transfer, so no second parser can read it differently.
struct ParsedURL: ~Copyable {
    let handle: OpaquePointer

    /// Nil for what libcurl does not take as an absolute URL, for user names or passwords in it, and for bytes outside
    /// printable ASCII.
    init?(_ url: String) {
        guard url.utf8.count <= 8192, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let handle = curl_url() else {
            return nil
        }
        guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK else {
            curl_url_cleanup(handle)
            return nil
        }
        self.handle = handle
    }

    deinit { curl_url_cleanup(handle) }

    func part(_ part: CURLUPart, flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
