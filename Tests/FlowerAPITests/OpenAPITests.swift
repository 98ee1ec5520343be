import CeleryProtocol
import Testing

@testable import FlowerAPI

@Suite struct OpenAPITests {
    @Test("Everything that is dispatched is described once, and every name that is referred to exists")
    func document() async throws {
        let document = try await APIFixture().json("/api/openapi.json")
        #expect(document["openapi"]?.text == "3.1.0")
        let paths = try #require(document["paths"])
        for endpoint in Endpoint.all where endpoint.operation != .listWorkerRows {
            let path = endpoint.path + (endpoint.argument.map { "/{\($0)}" } ?? "")
            let methods = try #require(paths[path], "\(path) is not described")
            #expect((methods["get"] != nil) == endpoint.methods.contains(.get))
            #expect((methods["post"] != nil) == endpoint.methods.contains(.post))
        }
        let operations = paths.members.flatMap { $0.value.members.map(\.value) }
        let ids = operations.compactMap { $0["operationId"]?.text }
        #expect(Set(ids).count == operations.count)
        let schemas = try #require(document["components"]?["schemas"]).keys
        for reference in references(in: document) where reference.hasPrefix("#/components/schemas/") {
            #expect(schemas.contains(String(reference.dropFirst("#/components/schemas/".count))))
        }
    }

    private func references(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { $0.key == "$ref" ? [$0.value.text ?? ""] : references(in: $0.value) }
        default: []
        }
    }
}
