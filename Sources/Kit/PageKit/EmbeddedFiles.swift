import CWebAssets

/// The files that are part of the program itself.
enum EmbeddedFiles {
    static let all: [String: [UInt8]] = {
        var files: [String: [UInt8]] = [:]
        for index in 0..<calyx_web_asset_count() {
            let file = calyx_web_asset(index)
            files[String(cString: file.name)] = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
        }
        return files
    }()
}
