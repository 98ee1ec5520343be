/// The product's mark: a flower held by the green sepals of its calyx.
package enum BrandMark {
    package static func append(to html: inout HTML) {
        html.markup(
            """
            <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">\
            <path class="petal" d="M16 3c3.2 2.6 4.8 5.9 4.8 9.6 0 3-1.7 5.4-4.8 7.4-3.1-2-4.8-4.4-4.8-7.4C11.2 8.9 12.8 5.6 16 3Z"/>\
            <path class="petal petal-side" d="M6.2 7.6c4 .6 6.9 2.3 8.5 5.1 1.1 2 1.5 4.4 1.3 7.3-3.2-.2-5.7-1.2-7.5-3.1-2-2.2-2.8-5.300-2.300-9.300Z"/>\
            <path class="petal petal-side" d="M25.800 7.600c-4 .6-6.900 2.300-8.500 5.100-1.100 2-1.500 4.400-1.300 7.300 3.200-.2 5.700-1.200 7.500-3.100 2-2.200 2.800-5.300 2.300-9.300Z"/>\
            <path class="sepal" d="M4.500 15.800c1.200 6.600 5.100 10.200 11.500 10.700 6.400-.5 10.300-4.100 11.500-10.700-3.300 3.100-7.100 4.700-11.500 4.700s-8.200-1.600-11.500-4.700Z"/>\
            <path class="sepal" d="M14.900 25.500h2.200V30h-2.200Z"/></svg>
            """)
    }
}
