/// A file that pages load. Its address carries its hash, so it may be cached for ever.
package struct WebAsset: Sendable {
    /// `calyx.css`
    package let name: String
    package let mimeType: String
    package let bytes: [UInt8]
    /// The same bytes compressed, when that is smaller.
    package let gzip: [UInt8]?
    /// Quoted, for `ETag`.
    package let etag: String
    /// Twelve hexadecimal digits, for `?v=`.
    package let hash: String

    /// For an answer to a request that named the current `hash`.
    package static let immutableCacheControl = "public, max-age=31536000, immutable"
    /// For an answer to any other request.
    package static let revalidatedCacheControl = "no-cache"
}
