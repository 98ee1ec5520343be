import CCurl

/// One request on one curl handle. Blocks until the answer is complete or a limit is reached.
struct CurlTransfer: Sendable {
    let request: OutboundRequest
    let configuration: OutboundHTTPConfiguration
    let cancellation: Cancellation

    func run(on handle: UnsafeMutableRawPointer?) -> Result<OutboundResponse, OutboundHTTPError> {
        do throws(OutboundHTTPError) {
            guard let handle else { throw OutboundHTTPError(.transferFailed, "libcurl could not be set up") }
            return .success(try perform(on: handle))
        } catch {
            return .failure(error)
        }
    }

    private func perform(on handle: UnsafeMutableRawPointer) throws(OutboundHTTPError) -> OutboundResponse {
        guard !cancellation.isCancelled else { throw OutboundHTTPError(.cancelled, "Cancelled before it began") }
        guard let url = ParsedURL(request.url), let origin = OutboundOrigin(url) else {
            throw OutboundHTTPError(.invalidRequest, "Not an http or https URL")
        }
        guard configuration.allowedOrigins.contains(origin) else {
            throw OutboundHTTPError(.originNotAllowed, "\(origin) is not one of the configured servers")
        }
        let fields = try headerList()
        defer { curl_slist_free_all(fields) }
        let receiver = CurlReceiver(configuration: configuration, cancellation: cancellation)

        let code = withExtendedLifetime(receiver) {
            request.body.withUnsafeBytes { body in
                configure(handle, origin: origin, fields: fields, receiver: receiver)
                calyx_curl_set_url(handle, url.handle)
                if request.method == .post || !request.body.isEmpty {
                    calyx_curl_set_body(
                        handle, body.baseAddress ?? UnsafeRawPointer(bitPattern: 1), curl_off_t(body.count))
                }
                calyx_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
                return curl_easy_perform(handle)
            }
        }
        guard code == CURLE_OK else { throw error(for: code, receiver, origin) }

        var status = 0
        calyx_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        if [301, 302, 303, 307, 308].contains(status) {
            throw OutboundHTTPError(
                .redirected, "\(origin) answered with a redirect (\(status)), which is not followed")
        }
        return OutboundResponse(status: status, headers: receiver.headers, body: receiver.body)
    }

    private func configure(
        _ handle: UnsafeMutableRawPointer, origin: OutboundOrigin, fields: UnsafeMutablePointer<curl_slist>?,
        receiver: CurlReceiver
    ) {
        calyx_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, origin.scheme.rawValue)
        calyx_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        calyx_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        calyx_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.milliseconds)
        calyx_curl_set_long(handle, CURLOPT_TIMEOUT_MS, configuration.totalTimeout.milliseconds)
        calyx_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        calyx_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        calyx_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let caFile = configuration.caFile { calyx_curl_set_string(handle, CURLOPT_CAINFO, caFile) }
        calyx_curl_set_string(handle, CURLOPT_USERAGENT, configuration.userAgent)
        calyx_curl_set_headers(handle, fields)

        let context = Unmanaged.passUnretained(receiver).toOpaque()
        calyx_curl_set_bytes_callback(
            handle, CURLOPT_WRITEFUNCTION,
            { bytes, size, count, context in CurlReceiver.at(context).receiveBody(bytes, size * count) },
            CURLOPT_WRITEDATA, context)
        calyx_curl_set_bytes_callback(
            handle, CURLOPT_HEADERFUNCTION,
            { bytes, size, count, context in CurlReceiver.at(context).receiveHeader(bytes, size * count) },
            CURLOPT_HEADERDATA, context)
        calyx_curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        calyx_curl_set_progress_callback(
            handle, { context, _, _, _, _ in CurlReceiver.at(context).cancellation.isCancelled ? 1 : 0 }, context)
    }

    /// The fields as curl takes them. `Expect: 100-continue` is switched off: it only costs a round trip here.
    private func headerList() throws(OutboundHTTPError) -> UnsafeMutablePointer<curl_slist>? {
        var list = curl_slist_append(nil, "Expect:")
        for (name, value) in request.headers {
            let isSound =
                !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
                && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard isSound else {
                curl_slist_free_all(list)
                throw OutboundHTTPError(.invalidRequest, "A request field has forbidden bytes")
            }
            list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        return list
    }

    private func error(for code: CURLcode, _ receiver: CurlReceiver, _ origin: OutboundOrigin) -> OutboundHTTPError {
        if cancellation.isCancelled { return OutboundHTTPError(.cancelled, "The request to \(origin) was cancelled") }
        if receiver.isTooLarge {
            return OutboundHTTPError(.responseTooLarge, "The answer of \(origin) is larger than allowed")
        }
        let reason = String(cString: curl_easy_strerror(code))
        return switch code {
        case CURLE_OPERATION_TIMEDOUT:
            OutboundHTTPError(.timedOut, "\(origin) did not answer in time")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            OutboundHTTPError(.nameNotResolved, "\(origin): \(reason)")
        case CURLE_COULDNT_CONNECT, CURLE_PROXY:
            OutboundHTTPError(.connectFailed, "\(origin): \(reason)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
            OutboundHTTPError(.tlsFailed, "\(origin): \(reason)")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            OutboundHTTPError(.invalidRequest, "\(origin): \(reason)")
        default:
            OutboundHTTPError(.transferFailed, "\(origin): \(reason)")
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(clamping: components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
