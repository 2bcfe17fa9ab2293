package pglocal

const messageLocale = "C.UTF-8"
