// Package shop is the data set of the shop, and the command line of cmd/seed.
//
// Dataset gives the engine of package seed the rows of the ent schema's
// tables. A scale of N means N users; a store sells to some 250 of them. Which
// row belongs to which is a function of the seed number and the row's index,
// so that any range of any table can be made on its own.
package shop
