extension HTML {
    /// A horizontal bar filled by `fraction` (0 to 1). It says nothing that words beside it do not.
    package mutating func bar(_ fraction: Double) {
        let width = fraction.isFinite ? Int((min(max(fraction, 0), 1) * 100).rounded(.up)) : 0
        markup("<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
        markup("<rect class=\"bar-track\" width=\"100\" height=\"4\"/><rect class=\"bar-fill\" height=\"4\" width=\"")
        text(width)
        markup("\"/></svg>")
    }
}
