/// Casefolding as searches do it, for whoever indexes texts.
package enum TextFolding {
    package static func fold(_ text: String) -> String { CaseFolding.fold(text) }
}
