/// The product's mark: a flower held by the green sepals of its calyx.
enum BrandMark {
    static func append(to html: inout HTML) {
        html.markup("<svg class=\"mark\" viewBox=\"0 0 32 32\" width=\"24\" height=\"24\" aria-hidden=\"true\">")
        html.markup("<path class=\"petal\" d=\"M16 2.5c3.4 3 5.2 6.5 5.2 10.2 0 3.5-1.7 6.2-5.2 8.3")
        html.markup("-3.5-2.1-5.2-4.8-5.2-8.3C10.8 9 12.6 5.5 16 2.5Z\"/>")
        html.markup("<path class=\"petal-side\" d=\"M5 6.5c4.5.6 7.7 2.5 9.5 5.6 1.4 2.4 1.9 5.3 1.5 8.9")
        html.markup("-4.2-.2-7.2-1.5-9.1-3.9C5 14.6 4.4 11 5 6.5ZM27 6.5c-4.5.6-7.7 2.5-9.5 5.6")
        html.markup("-1.4 2.4-1.9 5.3-1.5 8.9 4.2-.2 7.2-1.5 9.1-3.9 1.9-2.5 2.5-6.1 1.9-10.6Z\"/>")
        html.markup("<path class=\"sepal\" d=\"M2.5 15.5c5 .4 9.5 2.7 13.5 7 4-4.3 8.5-6.6 13.5-7")
        html.markup("-1.3 7.3-5.1 11.3-11.5 12.1V31h-4v-3.4C7.6 26.8 3.8 22.8 2.5 15.5Z\"/></svg>")
    }
}
