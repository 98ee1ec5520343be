import Foundation
import NIOSSL

@testable import GatewayServer

/// A self-signed certificate for localhost, good for a hundred years and for nothing but tests.
enum TestCertificate {
    static func write(key: String = key) throws -> GatewayConfiguration.TLSFiles {
        let base = NSTemporaryDirectory() + "calyx-certificate-\(UUID().uuidString)"
        try certificate.write(toFile: base + ".crt", atomically: true, encoding: .utf8)
        try key.write(toFile: base + ".key", atomically: true, encoding: .utf8)
        return GatewayConfiguration.TLSFiles(certificate: base + ".crt", key: base + ".key")
    }

    static func remove(_ files: GatewayConfiguration.TLSFiles) {
        for path in [files.certificate, files.key] { try? FileManager.default.removeItem(atPath: path) }
    }

    static func client(_ protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUAuoShnvNWDZlJt76hq3wiGiFT7EwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjEzMjUzMloYDzIxMjYxMDI5
        MTMyNTMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAARluOEJQNfk1qoNh25uIFgyvNKufOv/NTDE4UHMeW5941/3R8pt6S8F
        +QFe2kpBFBxMNEbFIF0QGZGGlCJdxz8fo28wbTAdBgNVHQ4EFgQUmBNOgo7pcEbf
        Pcd+/h0D0cFMULkwHwYDVR0jBBgwFoAUmBNOgo7pcEbfPcd+/h0D0cFMULkwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgM17H8xS5dyA3oSAK0Sf8n4ss4LEU5At/WgOuw2a8UJkCIQDl
        H/VMGAY8uHW8fs0MxYYuvTF8vjBiMmfuzzERxkNM+A==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFSmW6Kd62KKp7PZJ
        K8cOHLUFVovvHID4+iTmo/GTQMChRANCAARluOEJQNfk1qoNh25uIFgyvNKufOv/
        NTDE4UHMeW5941/3R8pt6S8F+QFe2kpBFBxMNEbFIF0QGZGGlCJdxz8f
        -----END PRIVATE KEY-----
        """

    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoCSIGprczHF81CVD
        j1pu1ALDc2PU+HkpK7GcYTypHDyhRANCAAS8DZX0Jlx7XeXs/yO3MTHibyY5J+NO
        /W3D+QaL4c+yZ2ilexXnyOU3z6aTx8S0HzBrc8AtFWas1qvw5OpVdTNm
        -----END PRIVATE KEY-----
        """
}
