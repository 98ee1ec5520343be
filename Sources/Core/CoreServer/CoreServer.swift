// CoreServer
